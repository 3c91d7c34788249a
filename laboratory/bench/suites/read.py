"""Bench read: CPU per HTTP request of the web role, against plain Django REST framework."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from laboratory.bench.http_load import Answers, make_request, send_all
from laboratory.bench.machine import ROOT, choose_other_cores, pin
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Options, Plan, Quantity, Role, Row, Sample, Target, at_most, ratio_at_least
from laboratory.bench.runner import BenchRunner
from laboratory.bench.stub.ledger import FOUND_VERSION
from laboratory.bench.web_server import WebServer
from tracking.limits import PUBLIC_KEPT_FOR_S

UNIT, DELAY, STORE_READS = "CPU us/request", "ms from due until answered, p99", "store reads/s"
MICRO, MILLI = 1e6, 1e3
REQUESTS, QUICK_REQUESTS = 10_000, 2_000
# A request that costs a hundred times as much is sent less often.
EXPENSIVE_DIVISOR = 5
HOT_SHIPMENTS, ZIPF_SHIPMENTS, ZIPF_EXPONENT, READERS = 20, 10_000, 1.1, 1_000
LOAD = 0.7

# The product as it was before a step of the ladder in docs/performance.md.
ON_ASGI, ON_THREADS = "ours on Django's ASGI handler, hot", "ours with the whole middleware, hot"
HOT, AGAIN, NOT_MODIFIED = "ours, hot", "ours, hot again (control)", "ours, hot, not modified"
COLD, MIXED, HEALTH, PARTNER = "ours, cold", "ours, Zipf", "ours, /healthz", "ours, partner read"
DELAYED, ONE_SHIPMENT = "ours, Zipf, at 70 % load", "ours, 1,000 readers of one shipment"
WSGI_HOT, WSGI_COLD = "plain DRF on WSGI, hot", "plain DRF on WSGI, cold"
ASGI_HOT, ASGI_COLD = "plain DRF on ASGI, hot", "plain DRF on ASGI, cold"
RATIOS = (
    (ON_THREADS, ON_ASGI),
    (HOT, ON_THREADS),
    (HOT, WSGI_HOT),
    (HOT, ASGI_HOT),
    (COLD, WSGI_COLD),
    (COLD, ASGI_COLD),
)
TARGETS: tuple[Target, ...] = (
    ratio_at_least("read.drf", HOT, WSGI_HOT, 10),
    at_most("read.hot", HOT, 150, UNIT),
    at_most("read.cold", COLD, 1200, UNIT),
    at_most("read.health", HEALTH, 200, UNIT),
    at_most("read.partner", PARTNER, 2500, UNIT),
    at_most("read.delay", DELAYED, 50, DELAY),
    at_most("read.one_shipment", ONE_SHIPMENT, 2, STORE_READS),
)
OURS = (sys.executable, "-m", "swiftlogix.web", "--port", "{port}")
# Each peer on the server that costs it least, with kept connections.
WSGI_PEER = "-m gunicorn --bind 127.0.0.1:{port} --worker-class gthread --threads 8 --keep-alive 75"
ASGI_PEER = "-m uvicorn --host 127.0.0.1 --port {port} --lifespan off --log-level warning --no-access-log"
BEFORE_SETTINGS = "laboratory.bench.whole_middleware"
BEFORE_MODULE = "laboratory.bench.asgi_handler"
PEER_MODULE = "laboratory.bench.peers.drf_reads"


class Servers(NamedTuple):
    """Running web servers: the product now and before two steps, and the peer on two servers."""

    ours: WebServer
    on_threads: WebServer
    on_asgi: WebServer
    wsgi: WebServer
    asgi: WebServer


class Inputs:
    """Requests of the rows, from one seed. Each comes from another address, unless `addresses` says less."""

    def __init__(self, options: Options, key: str) -> None:
        self._chance = random.Random(options.seed)  # noqa: S311 - repeatable chance, not a secret
        self._key = key
        self._runs = 0
        self.many = QUICK_REQUESTS if options.quick else REQUESTS
        self.few = self.many // EXPENSIVE_DIVISOR

    def hot(self, *headers: str) -> list[bytes]:
        """Return reads of a few shipments."""
        return [self._read(f"HOT-{number % HOT_SHIPMENTS}", *headers) for number in range(self.many)]

    def cold(self) -> list[bytes]:
        """Return reads of shipments that nobody has read."""
        self._runs += 1
        return [self._read(f"COLD-{self._runs}-{number}") for number in range(self.few)]

    def mixed(self) -> list[bytes]:
        """Return reads of many shipments, some of them far more often than others."""
        weights = [1 / (rank + 1) ** ZIPF_EXPONENT for rank in range(ZIPF_SHIPMENTS)]
        drawn = self._chance.choices(range(ZIPF_SHIPMENTS), weights, k=self.few)
        return [self._read(f"ZIPF-{rank}") for rank in drawn]

    def one_shipment(self) -> list[bytes]:
        """Return reads of one shipment by `READERS` addresses in turn."""
        readers = [self._read("ONE") for _ in range(READERS)]
        return [readers[number % READERS] for number in range(self.many)]

    def health(self) -> list[bytes]:
        """Return checks of a balancer."""
        return [make_request("/healthz")] * self.many

    def partner(self) -> list[bytes]:
        """Return reads of a partner."""
        self._runs += 1
        return [
            make_request(
                f"/api/v1/tracking/PARTNER-{self._runs}-{number}", f"Authorization: Bearer {self._key}"
            )
            for number in range(self.few)
        ]

    def _read(self, shipment_id: str, *headers: str) -> bytes:
        address = ".".join(str(self._chance.randrange(1, 255)) for _ in range(3))
        return make_request(f"/tracking/{shipment_id}", f"X-Forwarded-For: 11.{address}", *headers)


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start stub, Redis and servers, warm them up, and yield the plan."""
    python = prepare_peers(options.folder.parent / "peers")
    with BenchRunner(options.folder, options.seed) as runner, ExitStack() as stack:
        runner.stub.start_run({"run": "read", "events": 1, "seed": options.seed})
        environment = (
            dict(os.environ)
            | runner.make_environment()
            | {
                "TRUSTED_PROXIES": "127.0.0.1/32",
                "DATABASE_URL": f"sqlite:///{options.folder}/read.sqlite3",
                "VAR_DIR": str(options.folder),
            }
        )
        inputs = Inputs(options, _make_partner_key(environment))
        servers = _start_servers(options.folder, environment, python, stack)
        pin(0, choose_other_cores())
        rows = _make_rows(servers, inputs, runner)
        for row in rows:
            row.measure(0)
        yield Plan(
            "read",
            rows,
            (HOT, AGAIN),
            ratios=RATIOS,
            targets=TARGETS,
            config={"requests": inputs.many, "expensive": inputs.few, "WSGI": WSGI_PEER, "ASGI": ASGI_PEER},
            versions={"peers": read_versions(python)},
        )


def _make_partner_key(environment: dict[str, str]) -> str:
    done = subprocess.run(
        (sys.executable, "-m", "laboratory.bench.partner_key"),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _start_servers(folder: Path, environment: dict[str, str], python: Path, stack: ExitStack) -> Servers:
    before = environment | {"DJANGO_SETTINGS_MODULE": BEFORE_SETTINGS}
    on_asgi = (sys.executable, *ASGI_PEER.split(), f"{BEFORE_MODULE}:application")
    peer = environment | {"DJANGO_SETTINGS_MODULE": "laboratory.bench.peers.drf_settings"}
    described = (
        ("web", OURS, environment, "/healthz"),
        ("web-on-threads", OURS, before, "/healthz"),
        ("web-on-asgi", on_asgi, before, "/healthz"),
        ("drf-wsgi", (str(python), *WSGI_PEER.split(), f"{PEER_MODULE}:wsgi"), peer, "/tracking/READY"),
        ("drf-asgi", (str(python), *ASGI_PEER.split(), f"{PEER_MODULE}:asgi"), peer, "/tracking/READY"),
    )
    started = []
    for name, command, variables, path in described:
        started.append(WebServer(name, command, variables, folder / f"{name}.log", path))
        stack.callback(started[-1].stop)
    return Servers(*started)


def _make_rows(servers: Servers, inputs: Inputs, runner: BenchRunner) -> list[Row]:
    fresh = partial(inputs.hot, f'If-None-Match: "{FOUND_VERSION}"')
    costs: tuple[tuple[str, Role, WebServer, Callable[[], Sequence[bytes]], int], ...] = (
        (HOT, "ours", servers.ours, inputs.hot, 200),
        (NOT_MODIFIED, "ours", servers.ours, fresh, 304),
        (COLD, "ours", servers.ours, inputs.cold, 200),
        (MIXED, "ours", servers.ours, inputs.mixed, 200),
        (HEALTH, "ours", servers.ours, inputs.health, 200),
        (PARTNER, "ours", servers.ours, inputs.partner, 200),
        (ON_THREADS, "peer", servers.on_threads, inputs.hot, 200),
        (ON_ASGI, "peer", servers.on_asgi, inputs.hot, 200),
        (WSGI_HOT, "peer", servers.wsgi, inputs.hot, 200),
        (WSGI_COLD, "peer", servers.wsgi, inputs.cold, 200),
        (ASGI_HOT, "peer", servers.asgi, inputs.hot, 200),
        (ASGI_COLD, "peer", servers.asgi, inputs.cold, 200),
        (AGAIN, "control", servers.ours, inputs.hot, 200),
    )
    return [
        *(
            Row(name, role, UNIT, partial(_measure_cost, server, make, status))
            for name, role, server, make, status in costs
        ),
        Row(DELAYED, "ours", DELAY, partial(_measure_delay, servers.ours, inputs)),
        Row(ONE_SHIPMENT, "ours", STORE_READS, partial(_measure_store_reads, servers.ours, inputs, runner)),
    ]


def _measure_cost(server: WebServer, make: Callable[[], Sequence[bytes]], status: int, _round: int) -> Sample:
    requests = make()
    before, began_at = server.read_cpu_s(), time.monotonic()
    answers = send_all(server.port, requests)
    cpu_s, wall_s = server.read_cpu_s() - before, time.monotonic() - began_at
    return Sample(
        cpu_s * MICRO / len(requests),
        counts={"requests": len(requests)},
        beside={
            "wall time": Quantity(wall_s * MICRO / len(requests), "wall us/request"),
            "delay p50": Quantity(_find_quantile(answers, 0.5), "ms"),
            "delay p99": Quantity(_find_quantile(answers, 0.99), "ms"),
        },
        void_reason=_find_wrong(answers, len(requests), status),
    )


def _measure_warm(server: WebServer, make: Callable[[], Sequence[bytes]], _round: int) -> Sample:
    """Measure reads of states that are in Redis, and whose answers the process has just forgotten."""
    requests = make()
    send_all(server.port, requests)
    time.sleep(PUBLIC_KEPT_FOR_S)
    return _measure_cost(server, lambda: requests, 200, _round)


def _measure_delay(server: WebServer, inputs: Inputs, _round: int) -> Sample:
    """Measure the highest rate, and then delays at `LOAD` times that rate."""
    requests = inputs.mixed()
    began_at = time.monotonic()
    send_all(server.port, requests)
    rate = LOAD * len(requests) / (time.monotonic() - began_at)
    answers = send_all(server.port, inputs.mixed(), rate)
    return Sample(
        _find_quantile(answers, 0.99),
        counts={"requests": len(requests)},
        beside={
            "delay p50": Quantity(_find_quantile(answers, 0.5), "ms"),
            "rate": Quantity(rate, "requests/s"),
        },
        void_reason=_find_wrong(answers, len(requests), 200),
    )


def _measure_store_reads(server: WebServer, inputs: Inputs, runner: BenchRunner, _round: int) -> Sample:
    requests = inputs.one_shipment()
    before, began_at = runner.stub.read_counts(), time.monotonic()
    answers = send_all(server.port, requests)
    wall_s = time.monotonic() - began_at
    reads = runner.stub.read_counts().get("calls GetItem", 0) - before.get("calls GetItem", 0)
    return Sample(
        reads / wall_s,
        counts={"requests": len(requests), "store reads": reads},
        void_reason=_find_wrong(answers, len(requests), 200),
    )


def _find_quantile(answers: Answers, part: float) -> float:
    """Return the delay that this part of the requests does not exceed, in milliseconds."""
    ordered = sorted(answers.delays_s) or [0.0]
    return ordered[int((len(ordered) - 1) * part)] * MILLI


def _find_wrong(answers: Answers, count: int, status: int) -> str | None:
    """Return the answers that are not of this status, None if there are none."""
    wrong = {one: number for one, number in answers.statuses.items() if one != status}
    if wrong or answers.statuses.get(status) != count:
        return f"{answers.statuses} and not {count} answers {status}"
    return None
