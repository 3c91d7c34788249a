"""`manage.py simulate`: a simulated fleet books shipments by the API and puts records on the stream."""

import json
import os
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from laboratory.simulator.faults import parse_faults
from laboratory.simulator.fleet import MIXES, FleetOptions
from laboratory.simulator.nation import load_mode
from laboratory.simulator.simulation import Options, Simulation, record_run
from laboratory.simulator.traffic import DAY_S
from swiftlogix.exit_codes import BAD_INPUT
from tracking.input_files import BadFileError, read_json
from tracking.input_values import Range, parse_moment, parse_number

MODES = sorted(MIXES)
SPEEDS = Range(0, 1_000_000, above=True)
PAYLOADS = ("parcel", "turn", "vehicle")
# Midnight of a Monday in India.
RECORDS_BEGIN_AT = datetime(2026, 9, 6, 18, 30, tzinfo=UTC)
PROGRESS_EVERY_S = 5.0
POLL_EVERY_S = 0.2
# On a stop signal, a running call gets this long to finish; records accepted later are not in the ledger.
GRACE_S = 0.7


class RunningDemo(msgspec.Struct, frozen=True):
    """Fields of demo.json that the simulator needs."""

    web: str
    api_key: str
    aws_access_key: str
    aws_endpoint: str
    names: dict[str, Any]
    region: str


class Command(BaseCommand):
    """Drives the product from outside with a simulated fleet, or writes its records into files."""

    help = "Drive the product from outside with a simulated fleet, until SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add options of the fleet, the time, the files and the product's addresses."""
        _add_fleet_options(parser)
        _add_time_options(parser)
        _add_file_options(parser)
        _add_product_options(parser)
        parser.add_argument(
            "--json", action="store_true", help="print a summary as one JSON object at the end"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the run into files, or drive the product with it."""
        try:
            run_options = read_options(options)
        except (BadFileError, ValueError) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        summary = (
            record_run(run_options, options["record"]) if options["record"] else self._drive(run_options)
        )
        if options["json"]:
            self.stdout.write(json.dumps(summary))
        elif options["record"]:
            self.stdout.write(describe(summary))

    def _drive(self, options: Options) -> dict[str, Any]:
        """Drive the product in a thread, so that a signal stops the command at once."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        simulation = Simulation(options)
        driving = threading.Thread(target=simulation.drive, args=(stop,), daemon=True)
        driving.start()
        while driving.is_alive() and not stop.is_set():
            wait(driving, stop)
            self.stderr.write(describe(simulation.make_summary()))
        driving.join(GRACE_S)
        simulation.close()
        return simulation.make_summary()


def read_options(options: dict[str, Any]) -> Options:
    """Read the command's options; missing ones come from demo.json, else from the settings.

    Raises `BadFileError`, and `ValueError` for options that cannot be used.
    """
    where = read_demo(options["demo"]) if options["demo"] else read_settings()
    where |= {name: options[name] for name in where if options.get(name)}
    speed = float("inf") if options["speed"] == "max" else parse_number(options["speed"], SPEEDS)
    return Options(
        **where,
        fleet_options=read_fleet_options(options),
        started_at=read_start(options, speed),
        speed=speed,
        seconds=read_seconds(options),
        truth=options["truth"],
        world=load_mode(options["mode"], options["world"]),
    )


def read_fleet_options(options: dict[str, Any]) -> FleetOptions:
    """Read the fleet's options; raises `CommandError` for bad numbers."""
    vehicles = options["vehicles"] or sum(MIXES[options["mode"]].values())
    if vehicles < 1 or (options["rate"] is not None and options["rate"] <= 0):
        raise CommandError("--vehicles must be at least 1 and --rate above 0")
    copied = {name: options[name] for name in ("rate", "seed", "mode", "payload", "hour")}
    return FleetOptions(vehicles=vehicles, faults=parse_faults(options["faults"]), **copied)


def read_start(options: dict[str, Any], speed: float) -> float | None:
    """Return when the fleet starts, in epoch seconds; None for now.

    A recorded run always starts at the same time; a run faster than real time starts a day ago.
    """
    if options["start"]:
        return parse_moment(options["start"]).timestamp()
    if options["record"]:
        return RECORDS_BEGIN_AT.timestamp()
    return None if speed <= 1 else time.time() - DAY_S


def read_seconds(options: dict[str, Any]) -> float | None:
    """Return how many seconds the fleet drives; by default a recorded run ends after a day, others never."""
    if options["days"] is not None:
        return float(options["days"]) * DAY_S
    return DAY_S if options["record"] and options["seconds"] is None else options["seconds"]


def read_demo(path: Path) -> dict[str, Any]:
    """Read the addresses and the API key of a running demo, as options."""
    demo = read_json(path, RunningDemo)
    return {
        "api": demo.web,
        "api_key": demo.api_key,
        "endpoint": demo.aws_endpoint,
        "access_key": demo.aws_access_key,
        "stream": demo.names["stream"],
        "region": demo.region,
        "ledger": None,
        "example": None,
    }


def read_settings() -> dict[str, Any]:
    """Return the addresses in the settings, as options; without an API key nothing is booked."""
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
    """Wait until the next line of progress is due, or the run ends."""
    for _ in range(int(PROGRESS_EVERY_S / POLL_EVERY_S)):
        if stop.wait(POLL_EVERY_S) or not driving.is_alive():
            return


def describe(summary: dict[str, Any]) -> str:
    """Format a summary as one line of progress."""
    kinds = ", ".join(f"{kind} {number}" for kind, number in summary["put_by_kind"].items())
    rate = summary["put"] / max(summary["seconds"], 0.1)
    line = f"{summary['seconds']:7.1f} s  put {summary['put']} ({rate:.1f}/s: {kinds})"
    line += f"  booked {summary['booked']}"
    if summary.get("refused"):
        line += f"  refused {summary['refused']} ({summary['last_refusal']})"
    if summary.get("failed_calls"):
        line += f"  failed calls {summary['failed_calls']}"
    return line


def _add_fleet_options(parser: ArgumentParser) -> None:
    """Add the options of the fleet."""
    fleet = parser.add_argument_group("fleet")
    fleet.add_argument(
        "--mode",
        choices=MODES,
        default="pilot",
        help="pilot: around Bengaluru (default); full: all over India",
    )
    fleet.add_argument(
        "--vehicles", type=int, metavar="N", help="number of vehicles (default: pilot 50, full 500)"
    )
    fleet.add_argument(
        "--rate",
        type=float,
        metavar="R",
        help="records a second in total (default: the devices' own intervals)",
    )
    fleet.add_argument(
        "--payload", choices=PAYLOADS, help="what a ping reports (default: depends on the vehicle class)"
    )
    fleet.add_argument(
        "--seed", type=int, default=1, metavar="N", help="random seed; the same seed gives the same fleet"
    )
    fleet.add_argument(
        "--faults",
        default="all",
        metavar="F",
        help="faults to inject: all (default), none, or names separated by commas",
    )
    fleet.add_argument(
        "--world", type=Path, metavar="F.toml", help="TOML file of parameters that override the world's"
    )
    fleet.add_argument(
        "--hour",
        type=float,
        metavar="H",
        help="local hour of day at the start (default: that of the clock)",
    )


def _add_time_options(parser: ArgumentParser) -> None:
    """Add the options of the simulated time."""
    when = parser.add_argument_group("time")
    when.add_argument("--start", metavar="T", help="start at T (ISO 8601)")
    when.add_argument(
        "--speed", default="1", metavar="S", help="speed relative to real time, or max (default 1)"
    )
    when.add_argument("--days", type=float, metavar="D", help="stop after D days of simulated time")
    when.add_argument(
        "--for", dest="seconds", type=float, metavar="S", help="stop after S seconds of simulated time"
    )


def _add_file_options(parser: ArgumentParser) -> None:
    """Add the options of the files."""
    files = parser.add_argument_group("files")
    files.add_argument(
        "--record", type=Path, metavar="DIR", help="write the run into DIR instead of driving the product"
    )
    files.add_argument(
        "--truth", type=Path, metavar="F", help="write the ground truth to F, one JSON line per fact"
    )
    files.add_argument(
        "--ledger",
        type=Path,
        metavar="F",
        help="list accepted records in F (default VAR_DIR/ledger.ndjson)",
    )
    files.add_argument(
        "--example",
        type=Path,
        metavar="F",
        help="write an example shipment to F (default VAR_DIR/example.json)",
    )


def _add_product_options(parser: ArgumentParser) -> None:
    """Add the product's addresses."""
    where = parser.add_argument_group("product")
    where.add_argument("--demo", type=Path, metavar="F", help="demo.json of the running demo to drive")
    where.add_argument("--api", metavar="URL", help="address of the web server (default PUBLIC_URL)")
    where.add_argument("--api-key", metavar="KEY", help="API key of the partner (default SIMULATOR_API_KEY)")
    where.add_argument("--endpoint", metavar="URL", help="AWS endpoint (default AWS_ENDPOINT_URL)")
    where.add_argument("--stream", metavar="NAME", help="Kinesis stream (default: that of the stage)")
    where.add_argument("--region", metavar="R", help="AWS region (default AWS_REGION)")
