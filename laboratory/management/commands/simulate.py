"""`manage.py simulate`: a fleet books shipments by the API and puts its records on the stream."""

import json
import os
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from laboratory.simulator.faults import parse_faults
from laboratory.simulator.fleet import MIXES, Orders
from laboratory.simulator.nation import load_nation
from laboratory.simulator.simulation import Options, Simulation, record
from laboratory.simulator.traffic import DAY_S
from laboratory.simulator.world import World, load_world

MODES = sorted(MIXES)
PAYLOADS = ("parcel", "turn", "vehicle")
# A Monday, midnight in India.
RECORDS_BEGIN_AT = datetime(2026, 9, 6, 18, 30, tzinfo=UTC)
PROGRESS_EVERY_S = 5.0
LOOK_EVERY_S = 0.2
# When the end comes, a call under way gets this long; what it does after that is not noted.
GRACE_S = 0.7


class Command(BaseCommand):
    """Drive the product from outside with a simulated fleet."""

    help = "Drive the product from outside with a simulated fleet; SIGTERM or Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how the fleet is, when it drives, what goes wrong, and where the product is."""
        fleet = parser.add_argument_group("the fleet")
        fleet.add_argument(
            "--mode", choices=MODES, default="pilot", help="around Bengaluru, or all over India"
        )
        fleet.add_argument("--vehicles", type=int, metavar="N", help="how many (pilot 50, full 500)")
        fleet.add_argument(
            "--rate", type=float, metavar="R", help="records a second in all (as devices ping)"
        )
        fleet.add_argument("--payload", choices=PAYLOADS, help="what a ping reports (as each class does)")
        fleet.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same fleet")
        fleet.add_argument("--faults", default="all", metavar="F", help="all, none, or names with commas")
        fleet.add_argument(
            "--world", type=Path, metavar="F.toml", help="parameters that override the world's"
        )
        fleet.add_argument("--hour", type=float, metavar="H", help="local hour at the start (the clock's)")
        when = parser.add_argument_group("the time")
        when.add_argument("--start", metavar="T", help="begin at T (ISO 8601)")
        when.add_argument("--speed", default="1", metavar="S", help="so many times as fast, or max")
        when.add_argument("--days", type=float, metavar="D", help="end after D days of the fleet's time")
        when.add_argument("--for", dest="seconds", type=float, metavar="S", help="end after S seconds of it")
        files = parser.add_argument_group("files")
        files.add_argument("--record", type=Path, metavar="DIR", help="write the run to DIR, drive nothing")
        files.add_argument(
            "--truth", type=Path, metavar="F", help="what really happened, one JSON line a fact"
        )
        files.add_argument("--ledger", type=Path, metavar="F", help="what was put (VAR_DIR/ledger.ndjson)")
        files.add_argument("--example", type=Path, metavar="F", help="a shipment (VAR_DIR/example.json)")
        where = parser.add_argument_group("the product")
        where.add_argument("--demo", type=Path, metavar="F", help="demo.json of a running demo to drive")
        where.add_argument("--api", metavar="URL", help="address of the web role (PUBLIC_URL)")
        where.add_argument("--api-key", metavar="KEY", help="key of the partner (SIMULATOR_API_KEY)")
        where.add_argument("--endpoint", metavar="URL", help="address of AWS (AWS_ENDPOINT_URL)")
        where.add_argument("--stream", metavar="NAME", help="Kinesis stream (that of the stage)")
        where.add_argument("--region", metavar="R", help="AWS region (AWS_REGION)")
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the run down, or drive the product with it."""
        given = read_options(options)
        summary = record(given, options["record"]) if options["record"] else self._drive(given)
        if options["json"]:
            self.stdout.write(json.dumps(summary))
        elif options["record"]:
            self.stdout.write(describe(summary))

    def _drive(self, options: Options) -> dict[str, Any]:
        """Drive in a thread, so that a signal ends the command whatever the thread waits for."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        simulation = Simulation(options)
        driving = threading.Thread(target=simulation.drive, args=(stop,), daemon=True)
        driving.start()
        while driving.is_alive() and not stop.is_set():
            wait(driving, stop)
            self.stderr.write(describe(simulation.summarise()))
        driving.join(GRACE_S)
        simulation.close()
        return simulation.summarise()


def read_options(options: dict[str, Any]) -> Options:
    """The command's options; what is missing comes from the demo's description, else from the settings."""
    where = read_demo(options["demo"]) if options["demo"] else read_settings()
    where |= {name: options[name] for name in where if options[name]}
    speed = float("inf") if options["speed"] == "max" else float(options["speed"])
    try:
        return Options(
            **where,
            orders=read_orders(options),
            started_at=read_start(options, speed),
            speed=speed,
            seconds=read_seconds(options),
            truth=options["truth"],
            world=read_world(options["mode"], options["world"]),
        )
    except ValueError as error:
        raise CommandError(str(error)) from error


def read_orders(options: dict[str, Any]) -> Orders:
    """What the fleet is to be like."""
    vehicles = options["vehicles"] or sum(MIXES[options["mode"]].values())
    if vehicles < 1 or (options["rate"] is not None and options["rate"] <= 0):
        raise CommandError("a fleet has at least one vehicle, and a rate above 0")
    same = {name: options[name] for name in ("rate", "seed", "mode", "payload", "hour")}
    return Orders(vehicles=vehicles, faults=parse_faults(options["faults"]), **same)


def read_world(mode: str, overrides: Path | None) -> World:
    """The world of a mode, with what a file overrides."""
    return load_nation(overrides) if mode == "full" else load_world(overrides=overrides)


def read_start(options: dict[str, Any], speed: float) -> float | None:
    """When the fleet begins, in epoch seconds; None: now.

    A record of a run begins at the same moment whenever it is made; a fast run begins a day ago.
    """
    if options["start"]:
        moment = datetime.fromisoformat(options["start"])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if options["record"]:
        return RECORDS_BEGIN_AT.timestamp()
    return None if speed <= 1 else time.time() - DAY_S


def read_seconds(options: dict[str, Any]) -> float | None:
    """How long the fleet drives; a record of a run ends after a day, a drive never."""
    if options["days"] is not None:
        return float(options["days"]) * DAY_S
    return DAY_S if options["record"] and options["seconds"] is None else options["seconds"]


def read_demo(path: Path) -> dict[str, Any]:
    """Where the running demo is, as options."""
    demo = json.loads(path.read_text(encoding="utf-8"))
    return {
        "api": demo["web"],
        "api_key": demo["api_key"],
        "endpoint": demo["aws_endpoint"],
        "stream": demo["names"]["stream"],
        "region": demo["region"],
        "ledger": None,
        "example": None,
    }


def read_settings() -> dict[str, Any]:
    """Where the product of these settings is, as options; without a key nothing is booked."""
    api_key = os.environ.get("SIMULATOR_API_KEY", "")
    return {
        "api": settings.PUBLIC_URL if api_key else None,
        "api_key": api_key,
        "endpoint": settings.AWS_ENDPOINT_URL,
        "stream": settings.AWS_NAMES["stream"],
        "region": settings.AWS_REGION,
        "ledger": settings.VAR_DIR / "ledger.ndjson",
        "example": settings.VAR_DIR / "example.json",
    }


def wait(driving: threading.Thread, stop: threading.Event) -> None:
    """Wait for the next line of progress, or for the end."""
    for _ in range(int(PROGRESS_EVERY_S / LOOK_EVERY_S)):
        if stop.wait(LOOK_EVERY_S) or not driving.is_alive():
            return


def describe(summary: dict[str, Any]) -> str:
    """A summary as one line of progress."""
    kinds = ", ".join(f"{kind} {number}" for kind, number in summary["put_by_kind"].items())
    rate = summary["put"] / max(summary["seconds"], 0.1)
    line = f"{summary['seconds']:7.1f} s  put {summary['put']} ({rate:.1f}/s: {kinds})"
    line += f"  booked {summary['booked']}"
    if summary.get("refused"):
        line += f"  refused {summary['refused']} ({summary['last_refusal']})"
    if summary.get("failed_calls"):
        line += f"  failed calls {summary['failed_calls']}"
    return line
