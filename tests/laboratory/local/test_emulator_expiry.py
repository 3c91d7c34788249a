"""Expiry in the emulator: it is looked for every few seconds, whatever the number of calls."""

from ministack.services import kinesis

from laboratory.local.emulator_expiry import EVERY_S, expire_seldom


def test_the_emulator_looks_for_expired_records_every_ten_seconds(monkeypatch):
    for name in ("_expire_records", "_expire_iterators"):
        monkeypatch.setattr(kinesis, name, getattr(kinesis, name))
    now = [0.0]
    expire_seldom(timer=lambda: now[0])
    shard = {}
    left = []
    for now[0] in (0.0, EVERY_S / 2, EVERY_S + 1):
        shard["records"] = [{"ApproximateArrivalTimestamp": 0.0}]
        kinesis._expire_records({"RetentionPeriodHours": 24, "shards": {"a": shard}})
        left.append(len(shard["records"]))
    assert left == [0, 1, 0]
