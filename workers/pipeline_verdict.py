"""Verdict on the pipeline in one sentence: what is worst, what was wanted, and the row that shows it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracking.templatetags.ops import gap, milliseconds, say_publicly
from workers.alarm_states import AlarmState
from workers.health import LAG_WARN, QueueHealth, ShardHealth, Tone
from workers.step_health import FRESH_FOR, StepHealth
from workers.steps.meter import Step

DOING: dict[Step, str] = {
    "read": "Reading",
    "decode": "Decoding",
    "enrich": "Enriching",
    "record": "Recording",
    "push": "Pushing",
    "publish": "Publishing",
    "deliver": "Delivering",
}


class Seen(NamedTuple):
    """Parts of the page as they were read; None for one that could not be read.

    `raised_hours` is the retention of the stream if it is longer than usual, else None.
    """

    alarms: Sequence[AlarmState] | None
    steps: Sequence[StepHealth] | None
    shards: Sequence[ShardHealth] | None
    queues: Sequence[QueueHealth] | None
    raised_hours: int | None = None


class Finding(NamedTuple):
    """Something that is wrong, in words; `row` is the id of the element that shows it, empty for none."""

    tone: Tone
    text: str
    row: str = ""


class PipelineVerdict(NamedTuple):
    """Worst finding, and how many others there are."""

    worst: Finding
    others: int


ALL_WORKS = Finding("good", "All steps work.")


def judge_pipeline(seen: Seen) -> PipelineVerdict:
    """Return the worst of what is wrong: red before yellow, in the order of the parts of the page."""
    found = sorted(_list_findings(seen), key=lambda finding: finding.tone != "bad")
    return PipelineVerdict(found[0], len(found) - 1) if found else PipelineVerdict(ALL_WORKS, 0)


def _list_findings(seen: Seen) -> Iterator[Finding]:
    if seen.alarms is None:
        yield Finding("warn", "The states of the alarms cannot be read.", "pipeline-alarms")
    for alarm in seen.alarms or ():
        if alarm.state == "ALARM":
            text = f"{say_publicly(alarm.name)} Alarm {alarm.name} is on: {alarm.reason}.".lstrip()
            yield Finding("bad", text, f"alarm-{alarm.name}")
    if seen.shards is None:
        yield Finding("bad", "The lease table does not answer.", "shards-title")
    for shard in seen.shards or ():
        yield from _list_shard(shard)
    if seen.raised_hours:
        text = f"The stream keeps records for {seen.raised_hours} hours, since some were not read in time."
        yield Finding("warn", text, "shards-title")
    yield from _list_steps(seen.steps)
    if seen.queues is None:
        yield Finding("bad", "The queues do not answer.", "queues-title")
    for queue in seen.queues or ():
        yield from _list_queue(queue)


def _list_shard(shard: ShardHealth) -> Iterator[Finding]:
    tone, row, name = shard.verdict.tone, f"shard-{shard.shard_id}", shard.shard_id
    if shard.halt_reason:
        yield Finding(tone, f"Reading of {name} is halted: {shard.halt_reason}.", row)
    elif not shard.owner:
        yield Finding(tone, f"Nobody reads {name}.", row)
    elif shard.behind is None:
        yield Finding(tone, f"The reader of {name} sends no word.", row)
    elif tone != "good":
        yield Finding(tone, f"Reading of {name} is {gap(shard.behind)} behind, wanted {gap(LAG_WARN)}.", row)


def _list_steps(steps: Sequence[StepHealth] | None) -> Iterator[Finding]:
    if steps is None:
        yield Finding("bad", "The reports of the steps cannot be read.", "steps-title")
    elif all(step.rate is None for step in steps):
        yield Finding("bad", f"No step has reported within {gap(FRESH_FOR)}.", "steps-title")
    else:
        for step in steps:
            yield from _list_step(step)


def _list_step(step: StepHealth) -> Iterator[Finding]:
    tone, row, doing = step.verdict.tone, f"step-{step.step}", DOING[step.step]
    if step.rate is None:
        yield Finding(tone, f"{doing} sends no word.", row)
    elif step.p95_ms is not None and step.p95_ms >= step.limit_ms:
        wanted = milliseconds(step.limit_ms)
        yield Finding(tone, f"{doing} is late: P95 {milliseconds(step.p95_ms)}, wanted {wanted}.", row)
    elif step.errors:
        plural = "" if step.errors == 1 else "s"
        yield Finding(tone, f"{doing} has had {step.errors} error{plural} within a minute.", row)
    elif tone == "warn":
        near = f"{doing} is near its limit: P95 {milliseconds(step.p95_ms)} of {milliseconds(step.limit_ms)}."
        yield Finding(tone, near, row)


def _list_queue(queue: QueueHealth) -> Iterator[Finding]:
    stuck = queue.dead_letters if queue.listened else queue.waiting + queue.in_flight + queue.dead_letters
    if stuck:
        plural = "" if stuck == 1 else "s"
        yield Finding(
            queue.verdict.tone,
            f"Queue {queue.name} holds {stuck} message{plural} that nobody takes.",
            f"queue-{queue.name}",
        )
