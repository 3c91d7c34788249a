"""Health of the steps: merged over processes, old reports are no word, and the shares of the promise."""

from datetime import UTC, datetime, timedelta

import pytest

from tracking.histograms import bucket_bound, find_bucket
from workers.health import Verdict
from workers.step_health import FRESH_FOR, PromiseBar, StepHealth, StepShare, judge_steps, share_promise
from workers.steps.meter import STEPS, StepFigures
from workers.steps.ports import StepReport

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def report(ages_s=1.0, **steps) -> StepReport:
    """Return a report: each step is (items, errors, ms)."""
    figures = {
        step: StepFigures(count, errors, {find_bucket(span_ms): count} if count else {})
        for step, (count, errors, span_ms) in steps.items()
    }
    return StepReport(NOW - timedelta(seconds=ages_s), figures)


def judge(*reports) -> dict[str, StepHealth]:
    return {health.step: health for health in judge_steps(reports, NOW)}


def test_every_step_is_judged_and_one_without_a_report_has_no_word():
    judged = judge_steps([], NOW)
    assert [health.step for health in judged] == list(STEPS)
    assert {health[1:6] for health in judged} == {(None,) * 5}
    assert {health.verdict for health in judged} == {Verdict("bad", "No word")}


def test_figures_of_all_processes_are_merged():
    found = judge(report(record=(60, 1, 20)), report(record=(60, 2, 20), deliver=(0, 0, 0)))
    bound = bucket_bound(find_bucket(20))
    assert found["record"] == StepHealth(
        "record", 2.0, bound, bound, bound, 3, 250.0, Verdict("warn", "Errors")
    )
    assert found["deliver"] == StepHealth(
        "deliver", 0.0, None, None, None, 0, 1000.0, Verdict("idle", "Nothing to do")
    )


def test_an_old_report_is_no_word():
    at_limit = judge(report(FRESH_FOR.total_seconds(), push=(1, 0, 5)))["push"]
    assert at_limit.verdict == Verdict("good", "In time")
    assert judge(report(FRESH_FOR.total_seconds() + 0.001, push=(1, 0, 5)))["push"].verdict.word == "No word"


@pytest.mark.parametrize(
    ("span_ms", "verdict"),
    [(10, Verdict("good", "In time")), (75, Verdict("warn", "Slow")), (120, Verdict("bad", "Too slow"))],
)
def test_a_step_is_judged_by_its_limit(span_ms, verdict):
    assert judge(report(push=(5, 0, span_ms)))["push"].verdict == verdict


def test_the_bar_is_a_ninth_longer_than_a_promise_that_is_kept():
    steps = judge_steps([report(read=(1, 0, 300), decode=(1, 0, 5), record=(9, 0, 200))], NOW)
    read, decode, record = (bucket_bound(find_bucket(span)) for span in (300, 5, 200))
    shares = [
        StepShare("read", read, 0.0, round(read * 0.09, 2)),
        StepShare("decode", decode, round(read * 0.09, 2), round(decode * 0.09, 2)),
        StepShare("record", record, round((read + decode) * 0.09, 2), round(record * 0.09, 2)),
    ]
    bar = share_promise(steps)
    assert bar == PromiseBar(shares, read + decode + record, 90.0)
    assert bar.is_kept
    assert share_promise(judge_steps([], NOW)) == PromiseBar([], 0, 90.0)


def test_the_bar_of_a_broken_promise_is_as_long_as_the_steps_and_shows_its_end_among_them():
    read, record = (bucket_bound(find_bucket(span)) for span in (300, 1700))
    bar = share_promise(judge_steps([report(read=(1, 0, 300), record=(9, 0, 1700))], NOW))
    total = read + record
    shares = [
        StepShare("read", read, 0.0, round(100 * read / total, 2)),
        StepShare("record", record, round(100 * read / total, 2), round(100 * record / total, 2)),
    ]
    assert bar == PromiseBar(shares, total, round(100_000 / total, 2))
    assert not bar.is_kept
