"""Expiry in the emulator: it is looked for every few seconds, whatever the number of calls."""

from ministack.services import kinesis

from laboratory.local.emulator_expiry import at_most_every, expire_seldom


def test_work_is_done_at_the_first_call_and_again_when_the_seconds_have_passed():
    done, now = [], [100.0]
    work = at_most_every(10.0, done.append, clock=lambda: now[0])
    for moment in (100.0, 101.0, 109.9, 110.0, 112.0, 125.0):
        now[0] = moment
        work(moment)
    assert done == [100.0, 110.0, 125.0]


def test_the_emulator_still_finds_an_expired_record(monkeypatch):
    for name in ("_expire_records", "_expire_iterators"):
        monkeypatch.setattr(kinesis, name, getattr(kinesis, name))
    expire_seldom()
    records = [{"ApproximateArrivalTimestamp": 0.0}]
    stream = {"RetentionPeriodHours": 24, "shards": {"a": {"records": records}}}
    kinesis._expire_records(stream)
    assert stream["shards"]["a"]["records"] == []
