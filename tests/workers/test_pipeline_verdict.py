"""Verdict on the pipeline: the worst of what the page shows, in words, with the row that shows it."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.alarm_states import AlarmState
from workers.health import QueueHealth, ShardHealth, Verdict, judge_lag
from workers.pipeline_verdict import ALL_WORKS, DOING, Finding, PipelineVerdict, Seen, judge_pipeline
from workers.step_health import LIMITS_MS, StepHealth
from workers.steps.meter import STEPS

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IN_TIME, NO_WORD = Verdict("good", "In time"), Verdict("bad", "No word")


def make_step(step="push", p95_ms: float | None = 5.0, errors=0, verdict=IN_TIME, rate: float | None = 1.0):
    return StepHealth(step, rate, p95_ms, p95_ms, p95_ms, errors, LIMITS_MS[step], verdict)


def make_shard(behind_s: float | None = 0.5, owner="host-1:7", halt_reason=""):
    behind = None if behind_s is None else timedelta(seconds=behind_s)
    verdict = judge_lag(behind) if owner and not halt_reason else Verdict("bad", "Nobody reads")
    return ShardHealth(
        "s-0", owner, owner, 1, bool(owner), behind, None, "4", "4", None, verdict, halt_reason
    )


def make_queue(name="notify", dead=0, waiting=0, *, listened=True):
    verdict = Verdict("bad", "Needs a hand") if dead or not listened else Verdict("good", "Flowing")
    return QueueHealth(name, waiting, 0, dead, listened, verdict)


def make_seen(**parts):
    works = Seen([], [make_step(step) for step in STEPS], [make_shard()], [make_queue(waiting=3)])
    return works._replace(**parts)


def test_a_pipeline_without_a_finding_works():
    off = AlarmState("queue-age", "OK", NOON, "oldest is 2", "x.md")
    assert judge_pipeline(make_seen(alarms=[off])) == PipelineVerdict(ALL_WORKS, 0)
    assert set(DOING) == set(STEPS)


@pytest.mark.parametrize(
    ("part", "finding"),
    [
        (
            {"alarms": [AlarmState("dead-letters", "ALARM", NOON, "depth is 1", "x.md")]},
            Finding("bad", "Alarm dead-letters is on: depth is 1.", "alarm-dead-letters"),
        ),
        (
            {"raised_hours": 168},
            Finding(
                "warn",
                "The stream keeps records for 168 hours, since some were not read in time.",
                "shards-title",
            ),
        ),
        (
            {"alarms": [AlarmState("push-promise", "ALARM", NOON, "p99 is 2,190", "x.md")]},
            Finding(
                "bad",
                "Updates are slower than usual. Alarm push-promise is on: p99 is 2,190.",
                "alarm-push-promise",
            ),
        ),
        (
            {"steps": [make_step(p95_ms=3200.0, verdict=Verdict("bad", "Too slow"))]},
            Finding("bad", "Pushing is late: P95 3.2 s, wanted 100 ms.", "step-push"),
        ),
        (
            {"steps": [make_step(p95_ms=60.0, verdict=Verdict("warn", "Slow"))]},
            Finding("warn", "Pushing is near its limit: P95 60 ms of 100 ms.", "step-push"),
        ),
        (
            {"steps": [make_step(errors=2, verdict=Verdict("warn", "Errors"))]},
            Finding("warn", "Pushing has had 2 errors within a minute.", "step-push"),
        ),
        (
            {"steps": [make_step(), make_step("read", None, verdict=NO_WORD, rate=None)]},
            Finding("bad", "Reading sends no word.", "step-read"),
        ),
        (
            {"steps": [make_step(step, None, verdict=NO_WORD, rate=None) for step in STEPS]},
            Finding("bad", "No step has reported within 15 s.", "steps-title"),
        ),
        ({"shards": [make_shard(None, "")]}, Finding("bad", "Nobody reads s-0.", "shard-s-0")),
        ({"shards": [make_shard(None)]}, Finding("bad", "The reader of s-0 sends no word.", "shard-s-0")),
        (
            {"shards": [make_shard(None, "", "KeyError")]},
            Finding("bad", "Reading of s-0 is halted: KeyError.", "shard-s-0"),
        ),
        (
            {"shards": [make_shard(7)]},
            Finding("warn", "Reading of s-0 is 7 s behind, wanted 5 s.", "shard-s-0"),
        ),
        (
            {"queues": [make_queue(dead=1)]},
            Finding("bad", "Queue notify holds 1 message that nobody takes.", "queue-notify"),
        ),
        (
            {"queues": [make_queue("unrouted", waiting=3, listened=False)]},
            Finding("bad", "Queue unrouted holds 3 messages that nobody takes.", "queue-unrouted"),
        ),
        ({"alarms": None}, Finding("warn", "The states of the alarms cannot be read.", "pipeline-alarms")),
        ({"steps": None}, Finding("bad", "The reports of the steps cannot be read.", "steps-title")),
        ({"shards": None}, Finding("bad", "The lease table does not answer.", "shards-title")),
        ({"queues": None}, Finding("bad", "The queues do not answer.", "queues-title")),
    ],
)
def test_each_fault_is_said_in_one_sentence_with_its_row(part, finding):
    assert judge_pipeline(make_seen(**part)) == PipelineVerdict(finding, 0)


def test_the_worst_comes_first_and_the_others_are_counted():
    slow = make_step(p95_ms=60.0, verdict=Verdict("warn", "Slow"))
    seen = make_seen(shards=[make_shard(7)], steps=[slow], queues=[make_queue(dead=2), make_queue("mail", 1)])
    worst = Finding("bad", "Queue notify holds 2 messages that nobody takes.", "queue-notify")
    assert judge_pipeline(seen) == PipelineVerdict(worst, 3)
