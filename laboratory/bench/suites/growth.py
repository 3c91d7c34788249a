"""Bench growth: the cost of an event must not grow with the number of events or of shards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Judged, Line, Options, Plan, Quantity, Results, Role, Row, Sample, Target
from laboratory.bench.runner import BenchRunner, MeasuredProgram

LINE = "laboratory.bench.line"
NAIVE = "laboratory.bench.peers.naive"
EVENTS = (10_000, 20_000, 40_000, 60_000, 100_000)
MANY_EVENTS = (10_000, 50_000, 100_000, 300_000, 1_000_000)
QUICK_EVENTS = (500, 1_000, 2_000)
# An event costs the naive loop so much more that fewer events suffice.
NAIVE_EVENTS, QUICK_NAIVE_EVENTS = (200, 400, 800), (20, 40, 80)
SHARDS, QUICK_SHARDS = (1, 2, 5, 10, 20, 40), (1, 5, 10)
EVENTS_BY_SHARDS, QUICK_EVENTS_BY_SHARDS = 10_000, 1_000
SECOND_QUARTER, LAST_QUARTER = "memory, second quarter", "memory, last quarter"
REPORT_MEMORY = {"report_memory": True}
MAX_MEMORY_GROWTH = 1.05
R2_OF_EVENTS, R2_OF_SHARDS = 0.999, 0.98
MAX_RATIO = 1.10
# Twice the size of the cache of states, so that filling the cache is not taken for unbounded growth.
WARM_UP_EVENTS = 40_000


class Sizes(NamedTuple):
    """Numbers of events per run; of shards, and events per run on them; of events for the naive loop."""

    events: Sequence[int]
    shards: Sequence[int]
    by_shards: int
    naive: Sequence[int]
    warm_up: int


DEFAULT = Sizes(EVENTS, SHARDS, EVENTS_BY_SHARDS, NAIVE_EVENTS, WARM_UP_EVENTS)
MILLION = DEFAULT._replace(events=MANY_EVENTS)
QUICK = Sizes(QUICK_EVENTS, QUICK_SHARDS, QUICK_EVENTS_BY_SHARDS, QUICK_NAIVE_EVENTS, QUICK_EVENTS[0])


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the stub and one process that does all runs, as a long-lived worker would; yield the plan."""
    sizes = QUICK if options.quick else MILLION if "million" in options.wanted else DEFAULT
    python = prepare_peers(options.folder.parent / "peers")
    with BenchRunner(options.folder, options.seed) as runner:
        ours = MeasuredProgram("ours", LINE, sizes.warm_up, task=REPORT_MEMORY)
        naive = MeasuredProgram("naive", NAIVE, sizes.naive[0], python)
        runner.run(ours)
        runner.run(naive)
        yield replace(_plan(runner, sizes, ours, naive), versions={"peers": read_versions(python)})


def _plan(runner: BenchRunner, sizes: Sizes, ours: MeasuredProgram, naive: MeasuredProgram) -> Plan:
    rows = [_row(runner, replace(ours, events=count), f"{count} events") for count in sizes.events]
    first, last = rows[0].name, rows[-1].name
    again = _row(
        runner, replace(ours, events=sizes.events[0]), f"{sizes.events[0]} events again (control)", "control"
    )
    shards = [
        _row_on_shards(runner, replace(ours, events=sizes.by_shards), number) for number in sizes.shards
    ]
    loop = [
        _row(runner, replace(naive, events=count), f"{count} events, naive boto3 loop", "peer")
        for count in sizes.naive
    ]
    targets = [
        _straight("growth.events", 0, R2_OF_EVENTS),
        _flat("growth.cost", first, last, sizes.events[-1] / sizes.events[0]),
        _straight("growth.shards", 1, R2_OF_SHARDS),
    ]
    if sizes is not QUICK:
        # A quick run has too few reads to split into quarters.
        targets.append(_same_memory("growth.memory", last))
    return Plan(
        "growth",
        [*rows, again, *shards, *loop],
        (first, again.name),
        ratios=[(first, last)],
        lines=[
            _line("events", sizes.events, rows),
            _line("shards", sizes.shards, shards),
            _line("events, naive boto3 loop", sizes.naive, loop),
        ],
        targets=targets,
        config={"events": list(sizes.events), "shards": list(sizes.shards)},
    )


def _line(what: str, xs: Sequence[int], rows: Sequence[Row]) -> Line:
    return Line(what, "CPU ms", [(x, row.name) for x, row in zip(xs, rows, strict=True)])


def _row_on_shards(runner: BenchRunner, ours: MeasuredProgram, number: int) -> Row:
    spread = replace(ours, task={"shards": number, "read_limit": 500})
    return _row(runner, spread, f"{ours.events} events on {number} shard{'s' if number > 1 else ''}")


def _row(runner: BenchRunner, program: MeasuredProgram, name: str, role: Role = "ours") -> Row:
    return Row(name, role, "CPU ms", partial(_measure_run, runner, program))


def _measure_run(runner: BenchRunner, program: MeasuredProgram, _round: int) -> Sample:
    """Measure the CPU of a whole run in milliseconds, with the cost of one event beside it."""
    sample = runner.run(program)
    beside = sample.beside | {"per event": Quantity(sample.value, "CPU us/event")}
    return replace(sample, value=sample.value * program.events / 1000, phases={}, beside=beside)


def _straight(id_: str, line: int, least: float) -> Target:
    subject = ("events", "shards")[line]

    def judge(results: Results) -> Judged:
        fit = results.fits[line]
        x, y = max(fit.points)
        deviation = abs(y / (fit.intercept + fit.slope * x) - 1)
        got = f"R2 {fit.r2:.5g}, the last point {deviation:.1%} off the line"
        return Judged(got, fit.r2 >= least and deviation <= MAX_RATIO - 1)

    return Target(
        id_, f"CPU is a straight line over {subject}: R2 at least {least}, its end within 10 %", judge
    )


def _flat(id_: str, first: str, last: str, times: float) -> Target:
    def judge(results: Results) -> Judged:
        grown = results.ratio(first, last).span.median / times
        return Judged(f"{grown:.4g} x", 1 / MAX_RATIO <= grown <= MAX_RATIO)

    return Target(id_, f"an event of {last} costs within 10 % of one of {first}", judge)


def _same_memory(id_: str, row: str) -> Target:
    def judge(results: Results) -> Judged:
        pairs = [
            (sample.beside.get(SECOND_QUARTER), sample.beside.get(LAST_QUARTER))
            for sample in results.samples[row]
        ]
        grown = max((end.value / earlier.value for earlier, end in pairs if earlier and end), default=None)
        return Judged(
            "not reported" if grown is None else f"{grown:.4g} x",
            grown is not None and grown <= MAX_MEMORY_GROWTH,
        )

    return Target(
        id_, f"memory in the last quarter of {row} at most {MAX_MEMORY_GROWTH} x that in the second", judge
    )
