"""Bench product: the rates that the worker keeps up with on one core, and the delay from stream to screen."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.bench.delays import GROWTH, P50, P99, summarize_ms
from laboratory.bench.inputs import make_records
from laboratory.bench.live_screens import LiveScreens, find_last_reports
from laboratory.bench.machine import choose_other_cores, pin
from laboratory.bench.plan import Judged, Options, Plan, Quantity, Results, Row, Sample, Target, at_most
from laboratory.bench.runner import BenchRunner, MeasuredProgram
from laboratory.bench.socket_load import Server, allow_files
from laboratory.bench.web_server import WebServer

WORKER = "laboratory.bench.worker_role"
WEB = (sys.executable, "-m", "swiftlogix.web", "--port", "{port}")
UNIT, SCREEN_UNIT = "ms from arrival until pushed, p99", "ms from arrival until on the screen, p99"
CPU_UNIT, BUSY_UNIT = "CPU us/event", "% of a core"
MICRO = 1e6
SHARDS = 10
SECONDS, QUICK_SECONDS = 60, 5
# Events a second over all shards; the last is the highest burst of the carrier.
RATES = (1_000, 2_000, 3_000, 4_000, 5_000)
BURST = RATES[-1]
WARM_UP_EVENTS, WARM_UP_RATE = 2_000, 1_000
# A delay that grows faster than by a hundredth of the time is that of a worker that does not keep up.
MOST_GROWTH = 10.0
# Of a core that is busier than this, more was wanted than it had.
FULL_PERCENT = 90.0
CORE, STUB, LEFT = "worker", "simulated AWS", "changes left to the sweep"


class Screens(NamedTuple):
    """Number of open screens, events a second on the shipments they show, and seconds in which they open."""

    number: int
    rate: int
    open_in_s: float


SCREENS = Screens(1_000, 1_000, 15.0)


def name_row(rate: int) -> str:
    """Return the name of the row of a rate."""
    return f"{rate:,} events a second"


ON_SCREENS = f"{name_row(SCREENS.rate)}, on {SCREENS.number:,} screens"
CONTROL = (name_row(RATES[0]), f"{name_row(RATES[0])}, again (control)")


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start the stub and Redis, warm the worker up, and yield the plan."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    worker = MeasuredProgram("role shards", WORKER, WARM_UP_EVENTS, tls=True)
    allow_files(2 * SCREENS.number + 1_000)
    with BenchRunner(options.folder, options.seed) as runner:
        pin(0, choose_other_cores())
        runner.run(replace(worker, task={"rate": WARM_UP_RATE, "shards": SHARDS}))
        rows = [
            Row(name_row(rate), "ours", UNIT, partial(_measure, runner, worker, rate, seconds))
            for rate in RATES
        ]
        rows.append(Row(CONTROL[1], "control", UNIT, partial(_measure, runner, worker, RATES[0], seconds)))
        on_screens = partial(measure_screens, runner, options.folder, worker, SCREENS, seconds)
        rows.append(Row(ON_SCREENS, "ours", SCREEN_UNIT, lambda _round: on_screens()))
        yield Plan(
            "product",
            rows,
            CONTROL,
            targets=list_targets(),
            config={"shards": SHARDS, "seconds": seconds, "rates": list(RATES), "tls": True, "cores": 1},
        )


def list_targets() -> list[Target]:
    """Return the targets: the burst is held, and screens are as soon as wanted of the demo."""
    return [
        Target("product.rate", f"{name_row(BURST)} held: the delay does not grow", judge_rates),
        at_most("product.screen.p99", ON_SCREENS, 450, "ms"),
    ]


def judge_rates(results: Results) -> Judged:
    """Return the highest rate that was held in every round, and what kept the next one from being held."""
    held = 0
    for rate in RATES:
        samples = results.samples[name_row(rate)]
        if any(sample.beside[GROWTH].value > MOST_GROWTH for sample in samples):
            return Judged(f"{held:,} events a second held; at {rate:,} {_name_limit(samples)}", met=False)
        held = rate
    return Judged(f"{held:,} events a second held", met=True)


def _name_limit(samples: list[Sample]) -> str:
    """Return what had no more to give when a rate was not held."""
    busy = {name: max(sample.beside[name].value for sample in samples) for name in (CORE, STUB)}
    full = [
        f"the core of the {name} was busy ({busy[name]:.0f} %)" for name in busy if busy[name] > FULL_PERCENT
    ]
    return " and ".join(full) or f"neither core was busy ({busy[CORE]:.0f} % and {busy[STUB]:.0f} %)"


def _measure(runner: BenchRunner, worker: MeasuredProgram, rate: int, seconds: int, _round: int) -> Sample:
    """Let records arrive at this rate; the sample is void if an event was lost or recorded twice."""
    program = replace(worker, events=rate * seconds, task={"rate": rate, "shards": SHARDS, "latency": True})
    return _run(runner, program)


def _run(runner: BenchRunner, program: MeasuredProgram, **run: Any) -> Sample:
    stub_began_s = runner.stub.read_cpu_s()
    sample = runner.run(program, **run)
    stub_s = runner.stub.read_cpu_s() - stub_began_s
    # CPU and wall time are both given per event.
    wall_us = sample.beside["wall time"].value
    return replace(
        sample,
        value=sample.beside[P99].value,
        beside={
            P50: sample.beside[P50],
            GROWTH: sample.beside[GROWTH],
            "CPU": Quantity(sample.value, CPU_UNIT),
            CORE: Quantity(100 * sample.value / wall_us, BUSY_UNIT),
            STUB: Quantity(100 * stub_s * MICRO / program.events / wall_us, BUSY_UNIT),
            LEFT: Quantity(sample.counts["changes told"] - sample.counts["changes published"], "changes"),
            "peak memory": sample.beside["peak memory"],
        },
    )


def measure_screens(
    runner: BenchRunner, folder: Path, worker: MeasuredProgram, wanted: Screens, seconds: int
) -> Sample:
    """Measure until the frames are on screens, which a web server on the worker's core serves."""
    program = replace(
        worker,
        events=wanted.rate * seconds,
        task={
            "rate": wanted.rate,
            "shards": SHARDS,
            "latency": True,
            "shipments": wanted.number,
            "changes": 0,
            "ready_in_s": wanted.open_in_s,
        },
    )
    server = _start_web(runner, folder)
    shown: list[tuple[LiveScreens, int]] = []
    try:
        before_s = server.read_cpu_s()
        sample = _run(runner, program, beside=partial(_open_screens, server, shown))
        web_s = server.read_cpu_s() - before_s
    finally:
        server.stop()
    return _add_screens(sample, *shown[0], web_s)


@contextmanager
def _open_screens(
    server: WebServer, shown: list[tuple[LiveScreens, int]], task: dict[str, Any]
) -> Iterator[None]:
    """Hold the screens open; at the end add them to `shown`, with how many lack their last event."""
    made_at = datetime.fromtimestamp(task["made_at"], UTC)
    sent = make_records(
        task["run"], task["events"], task["seed"], made_at, task["changes"], task["shipments"]
    )
    last = find_last_reports(sent)
    with LiveScreens(Server(server.port), last) as screens:
        yield
        shown.append((screens, screens.wait_for(list(last.values()))))


def _add_screens(sample: Sample, screens: LiveScreens, behind: int, web_s: float) -> Sample:
    """Return the sample with the delays of the screens; void if one does not show its last event."""
    delays = summarize_ms(screens.delays_ms)
    counts = {"frames": len(screens.delays_ms), "refused": screens.refused, "behind": behind}
    wrong = ", ".join(f"{counts[name]} screens {name}" for name in ("refused", "behind") if counts[name])
    frames = max(1, counts["frames"])
    return replace(
        sample,
        value=delays[P99][0] if delays else 0.0,
        counts=sample.counts | counts,
        beside=sample.beside
        | {
            P50: Quantity(*delays[P50]) if delays else Quantity(0.0, "ms"),
            "frames": Quantity(counts["frames"], "frames"),
            "web": Quantity(web_s * MICRO / frames, "CPU us/frame"),
        },
        void_reason=sample.void_reason or wrong or None,
    )


def _start_web(runner: BenchRunner, folder: Path) -> WebServer:
    environment = dict(os.environ) | runner.make_environment()
    environment |= {"TRUSTED_PROXIES": "127.0.0.1/32", "VAR_DIR": str(folder)}
    environment |= {"DATABASE_URL": f"sqlite:///{folder}/product.sqlite3"}
    return WebServer("web", WEB, environment, folder / "product-web.log", "/healthz")
