"""Bench read: CPU per HTTP request of the web role, against plain Django REST framework."""

import os
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import msgspec

from laboratory.bench.http_load import Answers, find_etag, send_all
from laboratory.bench.machine import choose_other_cores, pin
from laboratory.bench.peers.environment import prepare_peers, read_versions
from laboratory.bench.plan import Options, Plan, Quantity, Role, Row, Sample, Target, at_most, ratio_at_least
from laboratory.bench.read_inputs import READERS, Inputs
from laboratory.bench.read_servers import ASGI_PEER, WSGI_PEER, Servers, make_database, start_servers
from laboratory.bench.read_stages import NOTED, Noted, split_slowest
from laboratory.bench.runner import BenchRunner
from laboratory.bench.stub.ledger import FOUND_VERSION
from laboratory.bench.web_server import WebServer
from laboratory.local.addresses import LOOPBACK
from tracking.limits import PUBLIC_KEPT_FOR_S

UNIT, DELAY, STORE_READS = "CPU us/request", "ms from due until answered, p99", "store reads/s"
SLOW = "ms from due until answered, mean"
MICRO, MILLI = 1e6, 1e3
LOAD = 0.7
ANSWERED_WITHIN_S = 60.0
# Calls of the store that read.
STORE_CALLS = ("calls GetItem", "calls BatchGetItem", "calls Query")

# The product as it was before a step of the ladder in docs/performance.md.
ON_ASGI, ON_THREADS = "ours on Django's ASGI handler, hot", "ours with the whole middleware, hot"
EARLY = "ours without memory and Redis, hot"
HOT, AGAIN, NOT_MODIFIED = "ours, hot", "ours, hot again (control)", "ours, hot, not modified"
WARM, COLD, MIXED = "ours, warm", "ours, cold", "ours, Zipf"
HEALTH, PARTNER = "ours, /healthz", "ours, partner read"
PAGE, SAME_PAGE = "ours, customer's page", "ours, customer's page, not modified"
DELAYED, ONE_SHIPMENT = "ours, Zipf, at 70 % load", "ours, 1,000 readers of one shipment"
SLOWEST = "ours, Zipf, at 70 % load, its slowest percent"
WSGI_HOT, WSGI_COLD = "plain DRF on WSGI, hot", "plain DRF on WSGI, cold"
ASGI_HOT, ASGI_COLD = "plain DRF on ASGI, hot", "plain DRF on ASGI, cold"
STARLETTE_HOT, STARLETTE_COLD = "Starlette with boto3, hot", "Starlette with boto3, cold"
RATIOS = (
    (ON_THREADS, ON_ASGI),
    (EARLY, ON_THREADS),
    (WARM, EARLY),
    (HOT, EARLY),
    (HOT, WSGI_HOT),
    (HOT, ASGI_HOT),
    (HOT, STARLETTE_HOT),
    (COLD, WSGI_COLD),
    (COLD, ASGI_COLD),
    (COLD, STARLETTE_COLD),
)
TARGETS: tuple[Target, ...] = (
    ratio_at_least("read.drf", HOT, WSGI_HOT, 10),
    at_most("read.hot", HOT, 150, UNIT),
    at_most("read.warm", WARM, 400, UNIT),
    at_most("read.cold", COLD, 1200, UNIT),
    at_most("read.health", HEALTH, 200, UNIT),
    at_most("read.partner", PARTNER, 2500, UNIT),
    at_most("read.delay", DELAYED, 50, DELAY),
    at_most("read.one_shipment", ONE_SHIPMENT, 2, STORE_READS),
)


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
        inputs = Inputs(options, *make_database(environment))
        servers = start_servers(options.folder, environment, python, stack)
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


def _make_rows(servers: Servers, inputs: Inputs, runner: BenchRunner) -> list[Row]:
    fresh = partial(inputs.hotter, f'If-None-Match: "{FOUND_VERSION}"')

    def same_page() -> list[bytes]:
        return inputs.page(f"If-None-Match: {find_etag(servers.ours.port, inputs.page_path)}")

    costs: tuple[tuple[str, Role, WebServer, Callable[[], Sequence[bytes]], int], ...] = (
        (HOT, "ours", servers.ours, inputs.hotter, 200),
        (NOT_MODIFIED, "ours", servers.ours, fresh, 304),
        (COLD, "ours", servers.ours, inputs.cold, 200),
        (MIXED, "ours", servers.ours, inputs.mixed, 200),
        (HEALTH, "ours", servers.ours, inputs.health, 200),
        (PARTNER, "ours", servers.ours, inputs.partner, 200),
        (PAGE, "ours", servers.ours, inputs.page, 200),
        (SAME_PAGE, "ours", servers.ours, same_page, 304),
        (EARLY, "peer", servers.early, inputs.hot, 200),
        (ON_THREADS, "peer", servers.on_threads, inputs.hot, 200),
        (ON_ASGI, "peer", servers.on_asgi, inputs.hot, 200),
        (WSGI_HOT, "peer", servers.wsgi, inputs.hot, 200),
        (WSGI_COLD, "peer", servers.wsgi, inputs.cold, 200),
        (ASGI_HOT, "peer", servers.asgi, inputs.hot, 200),
        (ASGI_COLD, "peer", servers.asgi, inputs.cold, 200),
        (STARLETTE_HOT, "peer", servers.starlette, inputs.hot, 200),
        (STARLETTE_COLD, "peer", servers.starlette, inputs.cold, 200),
        (AGAIN, "control", servers.ours, inputs.hotter, 200),
    )
    return [
        *(
            Row(name, role, UNIT, partial(_measure_cost, server, make, status))
            for name, role, server, make, status in costs
        ),
        Row(WARM, "ours", UNIT, partial(_measure_warm, servers.ours, inputs.cold)),
        Row(DELAYED, "ours", DELAY, partial(_measure_delay, servers.ours, servers.bare, inputs)),
        Row(SLOWEST, "ours", SLOW, partial(_measure_slowest, servers.traced, inputs)),
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


def _measure_delay(server: WebServer, bare: WebServer, inputs: Inputs, _round: int) -> Sample:
    """Measure delays at `LOAD` times the highest rate, and those of a server that only answers.

    The latter show what the load and the machine add.
    """
    rate = LOAD * _find_rate(server, inputs)
    paced = inputs.mixed(int(rate * inputs.seconds))
    answers, control = (send_all(each.port, paced, rate) for each in (server, bare))
    return Sample(
        _find_quantile(answers, 0.99),
        counts={"requests": len(paced)},
        beside={
            "delay p50": Quantity(_find_quantile(answers, 0.5), "ms"),
            "delay p99 of a server that only answers": Quantity(_find_quantile(control, 0.99), "ms"),
            "rate": Quantity(rate, "requests/s"),
        },
        void_reason=_find_wrong(answers, len(paced), 200),
    )


def _measure_slowest(server: WebServer, inputs: Inputs, _round: int) -> Sample:
    """Measure where the time of the slowest percent goes, in a server that notes the stages of requests."""
    rate = LOAD * _find_rate(server, inputs)
    paced = inputs.mixed(int(rate * inputs.seconds))
    _take_noted(server)
    answers = send_all(server.port, paced, rate)
    noted, wrong = _take_noted(server), _find_wrong(answers, len(paced), 200)
    if wrong is not None:
        return Sample(0.0, void_reason=wrong)
    split = split_slowest(answers.moments, noted)
    return Sample(
        split.delay_ms,
        phases=split.stages_ms,
        beside={
            "garbage collected meanwhile": Quantity(split.collected_ms, "ms"),
            "due in the first second": Quantity(split.in_first_second, "of them"),
        },
    )


def _find_rate(server: WebServer, inputs: Inputs) -> float:
    """Return how many requests a second a closed loop gets answered; the answers stay in memory."""
    requests = inputs.mixed(inputs.many)
    began_at = time.monotonic()
    send_all(server.port, requests)
    return len(requests) / (time.monotonic() - began_at)


def _take_noted(server: WebServer) -> Noted:
    with urllib.request.urlopen(
        f"http://{LOOPBACK}:{server.port}{NOTED}", timeout=ANSWERED_WITHIN_S
    ) as answer:
        return msgspec.json.decode(answer.read(), type=Noted)


def _measure_store_reads(server: WebServer, inputs: Inputs, runner: BenchRunner, _round: int) -> Sample:
    requests = inputs.one_shipment()
    before, began_at = runner.stub.read_counts(), time.monotonic()
    answers = send_all(server.port, requests, READERS)
    wall_s = time.monotonic() - began_at
    after = runner.stub.read_counts()
    reads = sum(after.get(name, 0) - before.get(name, 0) for name in STORE_CALLS)
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
