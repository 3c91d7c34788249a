"""Bench product: the rate that one core keeps up with for a minute, and the delay at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from laboratory.bench.delays import P50, P99
from laboratory.bench.plan import Options, Plan, Quantity, Row, Sample, Target, at_most
from laboratory.bench.runner import BenchRunner, MeasuredProgram

LINE = "laboratory.bench.line"
UNIT = "ms from arrival until pushed, p99"
CPU_UNIT = "CPU us/event"
SHARDS = 10
SECONDS, QUICK_SECONDS = 60, 5
# Events a second over all shards; the last is the highest burst of the carrier.
RATES = (1_000, 2_000, 3_000, 4_000, 5_000)
BURST = RATES[-1]
# A reader that keeps up has a batch done within this time; one that falls behind loses seconds every second.
KEPT_UP_MS = 2_000
WARM_UP_EVENTS = 2_000


def name_row(rate: int) -> str:
    """Return the name of the row of a rate."""
    return f"{rate:,} events a second"


CONTROL = (name_row(RATES[0]), f"{name_row(RATES[0])}, again (control)")
TARGETS: tuple[Target, ...] = (at_most("product.burst", name_row(BURST), KEPT_UP_MS, UNIT),)


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the stub and Redis, warm the worker up, and yield the plan."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    worker = MeasuredProgram("worker, TLS", LINE, WARM_UP_EVENTS, tls=True)
    with BenchRunner(options.folder, options.seed) as runner:
        runner.run(worker)
        rows = [
            Row(name_row(rate), "ours", UNIT, partial(_measure, runner, worker, rate, seconds))
            for rate in RATES
        ]
        rows.append(Row(CONTROL[1], "control", UNIT, partial(_measure, runner, worker, RATES[0], seconds)))
        yield Plan(
            "product",
            rows,
            CONTROL,
            targets=TARGETS,
            config={"shards": SHARDS, "seconds": seconds, "rates": list(RATES), "tls": True, "cores": 1},
        )


def _measure(runner: BenchRunner, worker: MeasuredProgram, rate: int, seconds: int, _round: int) -> Sample:
    """Let records arrive at this rate; the sample is void if an event was lost or recorded twice."""
    program = replace(
        worker,
        name=name_row(rate),
        events=rate * seconds,
        runs_in_process_of=worker.name,
        task={"rate": rate, "shards": SHARDS, "latency": True},
    )
    sample = runner.run(program)
    beside = {
        "delay p50": sample.beside[P50],
        "CPU": Quantity(sample.value, CPU_UNIT),
        "peak memory": sample.beside["peak memory"],
    }
    return replace(sample, value=sample.beside[P99].value, phases={}, beside=beside)
