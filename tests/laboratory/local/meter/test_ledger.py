"""Reader of the ledger: every line is read once, and only when it is complete."""

from laboratory.local.meter.ledger import LedgerLine, LedgerReader


def test_a_missing_ledger_has_no_lines(tmp_path):
    assert LedgerReader(tmp_path / "ledger.ndjson").read_new() == []


def test_each_line_is_read_once_and_an_incomplete_one_later(tmp_path):
    path = tmp_path / "ledger.ndjson"
    reader = LedgerReader(path)
    path.write_text('{"kind":"event","shipment_id":"1","put_at":"2026-11-24T05:54:00.000Z"}\n{"kind":"ev')
    assert reader.read_new() == [LedgerLine("event", shipment_id="1")]
    with path.open("a") as ledger:
        ledger.write('ent","shipment_id":"2"}\n')
    assert reader.read_new() == [LedgerLine("event", shipment_id="2")]
    assert reader.read_new() == []
