"""Load test: what is sent when, what counts as held, and the search for the knee."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from laboratory.load_test.knee import find_knee, name_knee
from laboratory.load_test.report import describe, describe_kept, make_report, write_report, write_table
from laboratory.load_test.reports import Schedule, make_deliveries
from laboratory.load_test.run import Load, Outcome, read_age
from laboratory.load_test.sender import Sender
from laboratory.simulator.stream_sink import Receipt

BEGINS_AT = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
WHOLE = {"refused": 0, "given_up": 0, "looked_up": 0, "unrecorded": 0, "closed": 0, "behind": 0, "frames": 0}


def make_outcome(rate: int, p99_ms: float | None, **missing: int) -> Outcome:
    return Outcome(
        load=Load(rate, 20, 10, 5),
        sent=rate * 20,
        screens=5,
        stream_p99_ms=3.0,
        screen_p50_ms=100.0,
        screen_p99_ms=p99_ms,
        **(WHOLE | missing),
    )


def test_reports_are_evenly_spaced_over_shipments_in_turn_and_contain_when_they_were_due():
    schedule = Schedule(["A", "B"], BEGINS_AT, rate=100, seconds=2)
    batches = list(schedule.list_batches(0.02))
    planned = [each for batch in batches for each in batch]
    assert (len(batches), {len(batch) for batch in batches}) == (100, {2})
    assert [each.due_at for each in planned] == [
        BEGINS_AT + timedelta(milliseconds=10 * number) for number in range(200)
    ]
    stamped = [json.loads(each.raw) for each in planned]
    assert [datetime.fromisoformat(one["timestamp"]) for one in stamped] == [each.due_at for each in planned]
    assert [one["shipment_id"] for one in stamped] == ["A", "B"] * 100
    assert [one["device_seq"] for one in stamped[::2]] == list(range(1, 101))
    scans = Counter(one.get("substatus") for one in stamped)
    assert scans == {None: 190, "arrived_hub": 6, "departed_hub": 4}
    assert {len(each.raw) for each in planned} == {400}


def test_a_rate_that_no_tick_divides_sends_each_report_once():
    planned = [each for batch in Schedule(["A"], BEGINS_AT, 7, 3).list_batches(0.02) for each in batch]
    assert [json.loads(each.raw)["device_seq"] for each in planned] == list(range(1, 22))


def test_refused_reports_are_sent_again_and_those_that_stay_refused_are_given_up():
    tries: Counter[str] = Counter()

    def put(records):
        tries.update(key for key, _ in records)
        # The stream refuses A once, and B for ever.
        return [
            None if key == "B" or (key == "A" and tries[key] == 1) else Receipt("shard", "1")
            for key, _ in records
        ]

    now = datetime.now(UTC)
    sent = Sender(put, pause_s=0.001).send([make_deliveries(["A", "B", "C"], now, 1_000)])
    assert (sorted(sent.accepted), sent.refused, sent.given_up, tries) == (
        ["A", "C"],
        7,
        1,
        {"A": 2, "B": 6, "C": 1},
    )
    assert len(sent.late_s) == 2


def test_a_frame_contains_the_moment_of_its_newest_report_and_other_frames_give_none():
    moment = time.time() - 2
    stamped = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shipment = (
        f'{{"status":"in_transit","updated_at":"{stamped}","eta":{{"updated_at":"2020-01-01T00:00:00Z"}}}}'
    )
    read = read_age(f'{{"type":"state","at":"x","v":4,"shipment":{shipment}}}'.encode())
    assert read is not None
    assert abs(read[0] - moment * 1000) <= 1
    assert read[1] >= 2
    assert read_age(f'{{"type":"snapshot","v":4,"shipment":{shipment}}}'.encode()) is None


def test_a_load_is_held_if_nothing_is_missing_and_screens_are_as_soon_as_promised():
    assert make_outcome(10, 1_000.0).is_held
    assert make_outcome(10, None, closed=0).is_held
    assert not make_outcome(10, 1_000.1).is_held
    for missing in ("given_up", "unrecorded", "behind", "closed"):
        assert not make_outcome(10, 200.0, **{missing: 1}).is_held
    assert make_outcome(10, 200.0, refused=3).is_held


@pytest.mark.parametrize(
    ("first", "limit", "tried", "knee"),
    [
        (25, 140, [25, 50, 100, 119, 141, 200], 119),
        (25, 24, [25], 0),
        (50_000, 10**9, [50_000, 100_000], 100_000),
    ],
)
def test_the_knee_is_found_by_doubling_and_then_between_the_last_two_rates(first, limit, tried, knee):
    outcomes = find_knee(lambda rate: make_outcome(rate, 100.0 if rate <= limit else 5_000.0), first)
    assert ([outcome.load.rate for outcome in outcomes], name_knee(outcomes)) == (tried, knee)


def test_a_report_is_kept_read_back_and_shown_in_a_document(tmp_path):
    report = make_report("demo", [make_outcome(25, 300.4), make_outcome(1_250, 2_000.0, behind=3)])
    report |= {"started_at": "2026-11-30T06:30:00+00:00", "commit": "abc", "dirty": False}
    report["machine"] = {"cpu": "CPU", "cores": 2, "python": "3.11", "os": "Linux"}
    path = tmp_path / "load.json"
    write_report(report, path)
    assert describe_kept(path) == (
        "For comparison, one machine with the emulator of AWS held 25 a second (CPU, 2 cores, 2026-11-30)."
    )
    assert describe_kept(tmp_path / "none.json") == ""
    rows = ["| 25 | 20 s | 5 | 3 | 100 | 300 | 0 | yes |", "| 1,250 | 20 s | 5 | 3 | 100 | 2,000 | 3 | no |"]
    lines = "\n".join(describe(report)).splitlines()
    assert lines[2:] == [*rows, "", "Held, which is all there and 99 of 100 within 1,000 ms: 25 a second."]
    document = write_table("<!-- load-test runs -->\n\nold\n\n<!-- end load-test runs -->\n", report)
    assert ("old" not in document, [row for row in rows if row in document]) == (True, rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rate", "0"], "must be at least 1"),
        (["--screens", "300"], "raise --shipments"),
        (["--rate", "1", "--for", "3"], "raise --rate or --for"),
        (["--url", "https://x.invalid"], "needs --stream, and a key in LOAD_TEST_API_KEY"),
        (["--url", "https://x.invalid", "--local"], "exclude each other"),
        ([], "No demo runs here"),
    ],
)
def test_a_load_that_cannot_be_made_is_refused_with_code_2(options, message, settings, tmp_path, monkeypatch):
    monkeypatch.delenv("LOAD_TEST_API_KEY", raising=False)
    settings.VAR_DIR = tmp_path
    with pytest.raises(CommandError, match=message) as raised:
        call_command("load_test", *options)
    assert raised.value.returncode == 2
