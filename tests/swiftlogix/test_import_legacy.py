"""Command `import_legacy`: rows of an old system become events once, whatever stops the import."""

import dataclasses
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

import tracking.ports
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.domain.errors import TransientError
from tracking.models import Partner, Shipment
from tracking.services.recording import legacy_import

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def stream():
    """A stream in memory, and a partner with two shipments."""
    partner = Partner.objects.create(partner_id="prt_1", name="Acme")
    other = Partner.objects.create(partner_id="prt_2", name="Rival")
    for shipment_id, owner in (("1", partner), ("2", partner), ("3", other)):
        Shipment.objects.create(shipment_id=shipment_id, partner=owner)
    before = tracking.ports.ports()
    memory = MemoryEventStream()
    tracking.ports.wire(dataclasses.replace(before, stream=memory))
    yield memory
    tracking.ports.wire(before)


def write(folder, *rows: tuple[str, str, timedelta]):
    file = folder / "legacy.csv"
    lines = [f"{shipment},{status},{(NOW - age).isoformat()}" for shipment, status, age in rows]
    file.write_text("\n".join(["shipment_id,status,at", *lines]))
    return file


ROWS = (
    ("1", "Picked up", timedelta(hours=2)),
    ("2", "OutForDelivery", timedelta(hours=1)),
    ("3", "delivered", timedelta(hours=1)),
    ("1", "gone", timedelta(hours=1)),
    ("2", "picked_up", timedelta(days=8)),
)
REFUSED = [(4, "3", "shipment_id"), (6, "2", "timestamp")]


def run(file, *options: str) -> tuple[int, dict]:
    out, code = io.StringIO(), 0
    try:
        call_command(
            "import_legacy",
            str(file),
            "--partner",
            "prt_1",
            "--json",
            *options,
            stdout=out,
            stderr=io.StringIO(),
        )
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(out.getvalue())


def list_sent(stream) -> list[tuple[str, str]]:
    return [(key, json.loads(raw)["status"]) for key, raw in stream.records]


def test_rows_become_events_of_the_partner_and_the_others_are_named_with_the_reason(stream, tmp_path):
    code, result = run(write(tmp_path, *ROWS))
    named = [(one["line"], one["shipment_id"], one["column"]) for one in result["refused"]]
    assert (code, result["rows"], result["taken"], named) == (1, 5, 3, REFUSED)
    # A status that nobody knows is recorded as rejected, as from every other source.
    assert list_sent(stream) == [("1", "Picked up"), ("2", "OutForDelivery"), ("1", "gone")]


def test_a_dry_run_says_the_same_and_sends_nothing(stream, tmp_path):
    file = write(tmp_path, *ROWS)
    dry = run(file, "--dry-run")
    assert stream.records == []
    assert run(file) == dry


def test_the_same_file_again_sends_nothing_and_another_one_only_under_the_same_ids(stream, tmp_path):
    file = write(tmp_path, *ROWS[:2])
    assert run(file)[0] == 0
    code, result = run(file)
    assert (code, result["taken"], result["taken_before"], len(stream.records)) == (0, 0, 2, 2)
    run(write(tmp_path, ROWS[0]))
    first, _, again = [json.loads(raw)["event_id"] for _, raw in stream.records]
    assert first == again


class StoppingStream(MemoryEventStream):
    """Stream that cannot be reached after the first batch."""

    def put(self, records):
        if self.records:
            raise TransientError("the stream is away")
        return super().put(records)


def test_an_import_that_was_stopped_goes_on_after_the_last_batch(stream, tmp_path, monkeypatch):
    monkeypatch.setattr(legacy_import, "BATCH", 1)
    file = write(tmp_path, *ROWS[:2])
    stopping = StoppingStream()
    tracking.ports.wire(dataclasses.replace(tracking.ports.ports(), stream=stopping))
    with pytest.raises(CommandError, match="run it again"):
        run(file)
    tracking.ports.wire(dataclasses.replace(tracking.ports.ports(), stream=stream))
    code, result = run(file)
    assert (code, result["taken"], result["taken_before"]) == (0, 1, 1)
    assert list_sent(stopping) + list_sent(stream) == [("1", "Picked up"), ("2", "OutForDelivery")]


def test_a_bad_file_and_an_unknown_partner_are_refused_before_anything_is_sent(stream, tmp_path):
    file = tmp_path / "legacy.csv"
    file.write_text("shipment_id,status,at\n1,delivered,yesterday\n")
    with pytest.raises(CommandError, match=r"legacy.csv, line 2, column at") as refused:
        run(file)
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="no partner prt_9"):
        call_command("import_legacy", str(file), "--partner", "prt_9")
