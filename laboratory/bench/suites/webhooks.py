"""Bench webhooks: cost of a delivery, and how long healthy endpoints wait among slow, dead and hostile ones.

The peer is a Celery task for each delivery, sent by requests.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from laboratory.bench.machine import choose_other_cores, pin
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import (
    Judged,
    Options,
    Plan,
    Quantity,
    Results,
    Row,
    Sample,
    Target,
    at_most,
    none_counted,
    ratio_at_least,
)
from laboratory.bench.runner import BenchRunner
from laboratory.bench.webhook_changes import SHIPMENT_ID, record_parcel
from laboratory.bench.webhook_load import (
    ENDPOINTS_OF_PARTNER,
    HEALTHY_ALONE,
    MIXED,
    Kind,
    Load,
    mix_kinds,
)
from laboratory.bench.webhook_peer import THREADS, Spent, run_peer
from laboratory.bench.webhook_receivers import SLOW_S, Receivers, make_load
from notifications.webhooks.endpoint_secrets import make_secret
from tracking.adapters.memory import MemoryShipmentStore
from tracking.services.reading.change_answers import render_change

COST, DELAY = "CPU us/delivery", "ms from change until received, p99"
OURS, AGAIN = "ours, all healthy", "ours, all healthy, again (control)"
PEER = "task per delivery, all healthy"
OURS_MIXED, PEER_MIXED = "ours, mixed", "task per delivery, mixed"
MICRO, MILLI, PERCENT = 1e6, 1e3, 100
ROLE = "laboratory.bench.webhook_role"
BEGINS_IN_S, PEER_BEGINS_IN_S = 4.0, 10.0
MISSING, FORBIDDEN, STARVED = "missing", "refused addresses reached", "slow ones missing"
MEMORY = ("memory, start", "memory, middle", "memory, end")
GROWTH = "growth of memory"
MOST_GROWTH_MB = 20.0


class Size(NamedTuple):
    """Endpoints, changes that are due at once, and changes for mixed endpoints with their rate a second."""

    endpoints: int
    at_once: int
    mixed: int
    rate: float


WHOLE, QUICK = Size(1000, 200, 120, 10.0), Size(200, 20, 40, 8.0)


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start receivers, Redis and the product's process, and yield the plan."""
    python = prepare_peers(options.folder.parent / "peers")
    with BenchRunner(options.folder, options.seed) as runner, Receivers() as receivers:
        pin(0, choose_other_cores())
        measuring = Measuring(runner, receivers, options, python)
        yield make_plan(measuring, read_versions(python))


def make_plan(measuring: "Measuring", versions: dict[str, str]) -> Plan:
    """Return the rows and their targets."""
    size = measuring.size
    measured = (
        Row(OURS, "ours", COST, partial(measuring.measure_ours, HEALTHY_ALONE)),
        Row(PEER, "peer", COST, partial(measuring.measure_peer, HEALTHY_ALONE)),
        Row(AGAIN, "control", COST, partial(measuring.measure_ours, HEALTHY_ALONE)),
        Row(OURS_MIXED, "ours", DELAY, partial(measuring.measure_ours, MIXED)),
        Row(PEER_MIXED, "peer", DELAY, partial(measuring.measure_peer, MIXED)),
    )
    return Plan(
        "webhooks",
        measured,
        (OURS, AGAIN),
        ratios=((OURS, PEER), (OURS_MIXED, PEER_MIXED)),
        targets=(
            at_most("webhooks.delay", OURS_MIXED, 2000, DELAY),
            none_counted("webhooks.missing", OURS_MIXED, MISSING),
            none_counted("webhooks.starved", OURS_MIXED, STARVED),
            none_counted("webhooks.refused", OURS_MIXED, FORBIDDEN),
            _memory_is_flat(),
            ratio_at_least("webhooks.cost", OURS, PEER, 1),
        ),
        config={
            **size._asdict(),
            "deliveries_per_s": size.rate * ENDPOINTS_OF_PARTNER,
            "percent": {str(kind): share for kind, share in MIXED.items()},
            "slow_s": SLOW_S,
            "threads of the peer": THREADS,
        },
        versions={"peers": versions},
    )


def _memory_is_flat() -> Target:
    """Return the target that memory grows by little from the middle to the end of each run."""

    def judge(results: Results) -> Judged:
        grown = max(sample.beside[GROWTH].value for sample in results.samples[OURS_MIXED])
        return Judged(f"{grown:.1f} MB", grown <= MOST_GROWTH_MB)

    wanted = f"{OURS_MIXED}: at most {MOST_GROWTH_MB:g} MB more at the end than in the middle"
    return Target("webhooks.memory", wanted, judge)


@dataclass(frozen=True)
class Measuring:
    """Measures the rows; each run has the same load, by the seed."""

    runner: BenchRunner
    receivers: Receivers
    options: Options
    python: Path = Path(sys.executable)

    @property
    def size(self) -> Size:
        """Size of the runs."""
        return QUICK if self.options.quick else WHOLE

    def measure_ours(self, shares: dict[Kind, int], number: int) -> Sample:
        """Measure the product's process, which is the same in all rounds."""
        load = self._make_load(shares, f"ours{number}", BEGINS_IN_S)
        environment = {
            "DATABASE_URL": f"sqlite:///{self.options.folder.resolve()}/webhooks.sqlite3",
            "WEBHOOKS_ALLOW_LOOPBACK": "1",
            "VAR_DIR": str(self.options.folder),
        }
        answer = self.runner.ask("webhooks", ROLE, environment, load.to_task())
        memory = [answer["beside"][name][0] for name in MEMORY]
        return self._make_sample(load, Spent(answer["cpu_s"], answer["wall_s"], memory), answer["counts"])

    def measure_peer(self, shares: dict[Kind, int], number: int) -> Sample:
        """Measure the peer, which is started anew in each round."""
        load = self._make_load(shares, f"peer{number}", PEER_BEGINS_IN_S)
        spent = run_peer(
            self.python,
            self.options.folder,
            self.runner.redis_url,
            load,
            _render_body(),
            make_secret(),
            lambda: not self.receivers.count_missing(load, Kind.HEALTHY, Kind.SLOW),
        )
        return self._make_sample(load, spent, {})

    def _make_load(self, shares: dict[Kind, int], name: str, begins_in_s: float) -> Load:
        self.receivers.forget()
        kinds = mix_kinds(self.size.endpoints, shares, self.options.seed)
        changes, rate = (self.size.mixed, self.size.rate) if shares else (self.size.at_once, 0.0)
        run = f"{name}-{int(time.time())}"
        return make_load(self.receivers, run, kinds, changes, rate, time.time() + begins_in_s)

    def _make_sample(self, load: Load, spent: Spent, counts: dict[str, int]) -> Sample:
        """Make a sample: a run at a rate has a delay, one without a rate has a cost."""
        delivered = len(self.receivers.list_delays(load, Kind.HEALTHY, Kind.SLOW))
        missing = self.receivers.count_missing(load, Kind.HEALTHY)
        cost = spent.cpu_s * MICRO / max(1, delivered)
        delays = _find_quantiles(self.receivers.list_delays(load, Kind.HEALTHY))
        found = {
            "delivered": delivered,
            MISSING: missing,
            STARVED: self.receivers.count_missing(load, Kind.SLOW),
            FORBIDDEN: self.receivers.forbidden,
            "received again": self.receivers.count_repeats(),
        }
        beside = {
            "delay p50": Quantity(delays[0], "ms"),
            "CPU": Quantity(cost, COST),
            "a core": Quantity(MICRO / cost, "deliveries/s"),
            "speed": Quantity(delivered / spent.wall_s, "deliveries/s"),
        }
        beside |= {name: Quantity(mb, "MB") for name, mb in zip(MEMORY, spent.memory_mb, strict=True)}
        beside[GROWTH] = Quantity(spent.memory_mb[2] - spent.memory_mb[1], "MB")
        beside |= {name: Quantity(found[name], "webhooks") for name in (MISSING, STARVED)}
        beside[FORBIDDEN] = Quantity(found[FORBIDDEN], "connections")
        return Sample(
            delays[1] if load.rate else cost,
            counts=counts | found,
            beside=beside,
            void_reason=None if delivered else "nothing was delivered",
        )


def _find_quantiles(delays_s: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile in milliseconds; 0 for no delays."""
    ordered = sorted(delays_s) or [0.0]
    return tuple(ordered[(len(ordered) - 1) * part // PERCENT] * MILLI for part in (50, 99))  # type: ignore[return-value] - two


def _render_body() -> str:
    """Return the body that a change of ours has."""
    store, now = MemoryShipmentStore(), datetime.now(UTC)
    change = record_parcel(store, now)("body", "prt_1", now.timestamp())
    state = store.read_state(SHIPMENT_ID)
    assert state is not None
    return render_change(change, state)
