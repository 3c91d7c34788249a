"""Bench push: CPU per frame delivered to an open page, against the layers of channels_redis."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from laboratory.bench.machine import choose_other_cores, pin
from laboratory.bench.plan import (
    Judged,
    Options,
    Plan,
    Quantity,
    Results,
    Role,
    Row,
    Sample,
    Target,
    at_most,
    none_counted,
    ratio_at_least,
)
from laboratory.bench.push_sides import (
    WARM,
    Frames,
    Side,
    Size,
    choose_sizes,
    send_by_fanout,
    send_by_layer,
    send_plainly,
)
from laboratory.bench.rounds import compute_span
from laboratory.bench.runner import BenchRunner
from laboratory.bench.socket_load import Arrivals, Server, Sockets, allow_files
from laboratory.bench.web_server import WebServer
from tracking.adapters.fanout import FanoutPush
from tracking.adapters.live_redis import DATABASE

UNIT, CONNECT, DELAY = "CPU us/delivery", "CPU us/connect", "ms from due until received, p99"
KB_UNIT = "KB/socket"
MICRO, MILLI = 1e6, 1e3
FILES = 12_000
HELD, HELD_AT_ONCE, HELD_GROUP_RATE, HOLD_S = 5_000, 100, 1.0, 60.0
CONNECTING = 1_000
HELD_PAUSE_S, SENT_BETWEEN_READS = 0.02, 50
SETTLE_S, ARRIVE_WITHIN_S = 0.5, 30.0

OURS, AGAIN = "ours, 1,000 sockets", "ours, 1,000 sockets, again (control)"
BEFORE, CORE, PUBSUB = (
    f"{name}, 1,000 sockets" for name in ("ours with LIVE_PUSH=channels", "core layer", "pubsub layer")
)
STORM, HOLD = "ours, 1,000 connecting at once", "ours, 5,000 groups of one"
OURS_SERVER = (sys.executable, "-m", "swiftlogix.web", "--port", "{port}")
PEER_SERVER = "-m uvicorn --host 127.0.0.1 --port {port} --lifespan off --log-level warning --no-access-log"
PEER_MODULE = "laboratory.bench.peers.channel_groups"
LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}


class Sides(NamedTuple):
    """Running sides: the product, the product as it was before, and the peer on two layers."""

    ours: Side
    before: Side
    core: Side
    pubsub: Side


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Start stub, Redis and servers, warm them up, and yield the plan."""
    allow_files(FILES)
    with BenchRunner(options.folder, options.seed) as runner, ExitStack() as stack:
        runner.stub.start_run({"run": "push", "events": 1, "seed": options.seed})
        sides = _start_sides(runner, options, stack)
        pin(0, choose_other_cores())
        rows = _make_rows(sides, options)
        for number, side in enumerate(sides):
            _measure_group(side, WARM, -1 - number)
            side.note_memory()
        yield Plan(
            "push",
            rows,
            (OURS, AGAIN),
            ratios=((OURS, BEFORE), (OURS, CORE), (OURS, PUBSUB)),
            targets=_list_targets(options),
            config={
                "frames": [size._asdict() for size in choose_sizes(quick=options.quick)],
                "peers": PEER_SERVER,
                "layers": list(LAYERS.values()),
                "hold_s": _hold_s(options) if "hold" in options.wanted else 0,
            },
            versions={"peers": {name: version(name) for name in ("channels", "channels-redis", "uvicorn")}},
        )


def _start_sides(runner: BenchRunner, options: Options, stack: ExitStack) -> Sides:
    ours = dict(os.environ) | runner.make_environment()
    ours |= {"TRUSTED_PROXIES": "127.0.0.1/32", "DATABASE_URL": f"sqlite:///{options.folder}/push.sqlite3"}
    ours |= {"VAR_DIR": str(options.folder)}
    peer = ours | {"DJANGO_SETTINGS_MODULE": "laboratory.bench.peers.channel_settings"}
    command = (sys.executable, *PEER_SERVER.split(), f"{PEER_MODULE}:application")

    def start(name: str, words: tuple[str, ...], environment: dict[str, str]) -> WebServer:
        server = WebServer(name, words, environment, options.folder / f"{name}.log", "/healthz")
        stack.callback(server.stop)
        return server

    push, frames, url = FanoutPush(runner.redis_url), Frames(), runner.redis_url
    ours_layer = RedisPubSubChannelLayer(hosts=[f"{url}/{DATABASE}"], prefix="live")
    core_layer, pubsub_layer = RedisChannelLayer(hosts=[url]), RedisPubSubChannelLayer(hosts=[url])
    socket = "/ws/track/{}/"
    return Sides(
        Side(start("push-ours", OURS_SERVER, ours), socket, send_by_fanout(push, frames.state)),
        Side(
            start("push-channels", OURS_SERVER, ours | {"LIVE_PUSH": "channels"}),
            socket,
            send_by_layer(ours_layer),
        ),
        Side(
            start("push-core", command, peer | {"PEER_LAYER": LAYERS["core"]}),
            "/ws/{}/",
            send_plainly(core_layer),
            has_first_frame=False,
        ),
        Side(
            start("push-pubsub", command, peer | {"PEER_LAYER": LAYERS["pubsub"]}),
            "/ws/{}/",
            send_plainly(pubsub_layer),
            has_first_frame=False,
        ),
    )


def _make_rows(sides: Sides, options: Options) -> list[Row]:
    one, hundred, thousand = choose_sizes(quick=options.quick)
    costs: tuple[tuple[str, Role, Side, Size], ...] = (
        (OURS, "ours", sides.ours, thousand),
        ("ours, 100 sockets", "ours", sides.ours, hundred),
        ("ours, 1 socket", "ours", sides.ours, one),
        (BEFORE, "peer", sides.before, thousand),
        (CORE, "peer", sides.core, thousand),
        ("core layer, 100 sockets", "peer", sides.core, hundred),
        ("core layer, 1 socket", "peer", sides.core, one),
        (PUBSUB, "peer", sides.pubsub, thousand),
        ("pubsub layer, 100 sockets", "peer", sides.pubsub, hundred),
        ("pubsub layer, 1 socket", "peer", sides.pubsub, one),
        (AGAIN, "control", sides.ours, thousand),
    )
    rows = [Row(name, role, UNIT, partial(_measure_group, side, size)) for name, role, side, size in costs]
    rows.append(Row(STORM, "ours", CONNECT, partial(_measure_storm, sides.ours)))
    if "hold" in options.wanted:
        rows.append(Row(HOLD, "ours", DELAY, partial(_measure_hold, sides.ours, _hold_s(options))))
    return rows


def _hold_s(options: Options) -> float:
    return options.minutes * 60 if options.minutes else HOLD_S


def _list_targets(options: Options) -> list[Target]:
    targets = [
        at_most("push.delivery", OURS, 30, UNIT),
        ratio_at_least("push.core", OURS, CORE, 10),
        ratio_at_least("push.pubsub", OURS, PUBSUB, 5),
        at_most("push.connect", STORM, 1500, CONNECT),
        none_counted("push.storm", STORM, "refused"),
    ]
    if "hold" in options.wanted:
        targets += [at_most("push.hold", HOLD, 1000, DELAY), none_counted("push.hold.lost", HOLD, "missing")]
        targets.append(_at_most_beside("push.hold.memory", HOLD, "memory", 40))
    return targets


def _at_most_beside(id_: str, row: str, what: str, limit: float) -> Target:
    """Return the target that a quantity beside the row stays at or below the limit in every round."""

    def judge(results: Results) -> Judged:
        span = compute_span(sample.beside[what].value for sample in results.samples[row])
        return Judged(f"{span} {KB_UNIT}", span.max <= limit)

    return Target(id_, f"{row}: at most {limit:g} {KB_UNIT}", judge)


def _measure_group(side: Side, size: Size, round_number: int) -> Sample:
    return asyncio.run(_push_to_group(side, size, f"GROUP-{round_number}-{size.sockets}"))


async def _push_to_group(side: Side, size: Size, shipment_id: str) -> Sample:
    """Send frames to one group at a fixed rate, and count what each socket receives."""
    paths = [side.make_path(shipment_id)] * size.sockets
    async with Sockets(Server(side.server.port), paths, needs_frame=side.has_first_frame) as sockets:
        await asyncio.sleep(SETTLE_S)
        before = side.server.read_cpu_s()
        await _send_at_rate(side, [shipment_id], size.frames, size.rate)
        sent = [(socket, number) for socket in range(size.sockets) for number in range(size.frames)]
        await _wait_for(sockets.arrivals, len(sent))
        cpu_s = side.server.read_cpu_s() - before
    return _make_sample(cpu_s * MICRO / max(1, len(sockets.arrivals.times)), sockets, sent)


async def _send_at_rate(
    side: Side, shipment_ids: Sequence[str], frames: int, rate: float, pause_s: float = 0.0
) -> None:
    """Send each shipment so many frames, spread evenly over the interval, each when it is due.

    What becomes due within a pause of `pause_s` seconds is sent together after it.
    """
    made, begins_at = Frames(), time.monotonic()
    interval_s = 1 / rate
    for number in range(frames):
        for place, shipment_id in enumerate(shipment_ids):
            due_at = begins_at + (number + place / len(shipment_ids)) * interval_s
            left_s = due_at - time.monotonic()
            if left_s > 0:
                await asyncio.sleep(max(left_s, pause_s))
            elif place % SENT_BETWEEN_READS == 0:
                # The same loop reads the sockets: who is late must not stop that.
                await asyncio.sleep(0)
            await side.send(shipment_id, made.make(number, due_at))
    await asyncio.sleep(max(0.0, begins_at + frames * interval_s - time.monotonic()))


async def _wait_for(arrivals: Arrivals, count: int) -> None:
    """Wait until so many frames have arrived, or until no further one can be expected."""
    ends_at = time.monotonic() + ARRIVE_WITHIN_S
    while len(arrivals.times) < count and time.monotonic() < ends_at:
        known = len(arrivals.times)
        await asyncio.sleep(SETTLE_S)
        if len(arrivals.times) == known:
            return


def _make_sample(value: float, sockets: Sockets, sent: list[tuple[int, int]], **beside: Quantity) -> Sample:
    ordered = sorted(sockets.arrivals.delays_s) or [0.0]
    delays: dict[str, Quantity] = {
        f"delay p{part}": Quantity(ordered[(len(ordered) - 1) * part // 100] * MILLI, "ms")
        for part in (50, 99)
    }
    delivered = len(sockets.arrivals.times)
    counts = {
        "delivered": delivered,
        "missing": sockets.arrivals.count_missing(sent),
        "doubled": sockets.arrivals.count_doubled(),
        "refused": sockets.refused,
    }
    lost = {name: Quantity(counts[name], "frames") for name in ("missing", "doubled")}
    void = None if delivered else "nothing was delivered"
    return Sample(value, counts=counts, beside=delays | lost | beside, void_reason=void)


def _measure_storm(side: Side, round_number: int) -> Sample:
    return asyncio.run(_connect_at_once(side, f"STORM-{round_number}"))


async def _connect_at_once(side: Side, prefix: str) -> Sample:
    """Connect sockets of as many shipments at once, and measure until each has its first frame."""
    before, began_at = side.server.read_cpu_s(), time.monotonic()
    paths = [side.make_path(f"{prefix}-{number}") for number in range(CONNECTING)]
    async with Sockets(Server(side.server.port), paths, needs_frame=True) as sockets:
        cpu_s, wall_s = side.server.read_cpu_s() - before, time.monotonic() - began_at
        memory_kb = side.read_growth_kb()
    waits = sorted(socket.ready_after_s for socket in sockets.open)
    beside = {
        "wall time": Quantity(wall_s, "s"),
        "first frame p99": Quantity(waits[(len(waits) - 1) * 99 // 100] * MILLI, "ms"),
        "memory": Quantity(memory_kb / CONNECTING, KB_UNIT),
    }
    counts = {"connected": CONNECTING - sockets.refused, "refused": sockets.refused}
    return Sample(cpu_s * MICRO / CONNECTING, counts=counts, beside=beside)


def _measure_hold(side: Side, seconds: float, round_number: int) -> Sample:
    return asyncio.run(_hold(side, seconds, f"HOLD-{round_number}"))


async def _hold(side: Side, seconds: float, prefix: str) -> Sample:
    """Hold a socket for each of 5,000 shipments, and send each shipment a frame a second."""
    shipment_ids = [f"{prefix}-{number}" for number in range(HELD)]
    paths: list[Any] = [side.make_path(shipment_id) for shipment_id in shipment_ids]
    async with Sockets(Server(side.server.port), paths, needs_frame=True, at_once=HELD_AT_ONCE) as sockets:
        await asyncio.sleep(SETTLE_S)
        memory_kb = side.read_growth_kb()
        before, frames = side.server.read_cpu_s(), int(seconds * HELD_GROUP_RATE)
        await _send_at_rate(side, shipment_ids, frames, HELD_GROUP_RATE, HELD_PAUSE_S)
        sent = [(socket, number) for socket in range(HELD) for number in range(frames)]
        await _wait_for(sockets.arrivals, len(sent))
        cpu_s = side.server.read_cpu_s() - before
    ordered = sorted(sockets.arrivals.delays_s) or [0.0]
    return _make_sample(
        ordered[(len(ordered) - 1) * 99 // 100] * MILLI,
        sockets,
        sent,
        memory=Quantity(memory_kb / HELD, KB_UNIT),
        CPU=Quantity(cpu_s * MICRO / max(1, len(ordered)), UNIT),
    )
