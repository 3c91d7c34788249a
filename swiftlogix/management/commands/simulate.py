"""`manage.py simulate`: a fleet books shipments by the API and puts its records on the stream."""

import json
import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from swiftlogix.simulator.faults import parse_faults
from swiftlogix.simulator.simulation import Options, Simulation

PROGRESS_EVERY_S = 5.0
LOOK_EVERY_S = 0.2
# When the end comes, a call under way gets this long; what it does after that is not noted.
GRACE_S = 0.7


class Command(BaseCommand):
    """Drive the product from outside with a simulated fleet."""

    help = "Drive the product from outside with a simulated fleet; SIGTERM or Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where the product is, how large the fleet is, and what goes wrong."""
        parser.add_argument("--demo", type=Path, metavar="F", help="demo.json of a running demo to drive")
        parser.add_argument("--api", metavar="URL", help="address of the web role (PUBLIC_URL)")
        parser.add_argument("--api-key", metavar="KEY", help="key of the partner (SIMULATOR_API_KEY)")
        parser.add_argument("--endpoint", metavar="URL", help="address of AWS (AWS_ENDPOINT_URL)")
        parser.add_argument("--stream", metavar="NAME", help="Kinesis stream (that of the stage)")
        parser.add_argument("--region", metavar="R", help="AWS region (AWS_REGION)")
        parser.add_argument("--vehicles", type=int, default=50, metavar="N", help="how many vehicles (50)")
        parser.add_argument("--rate", type=float, default=20.0, metavar="R", help="events a second (20)")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same fleet")
        parser.add_argument("--for", dest="seconds", type=float, metavar="S", help="end after S seconds")
        parser.add_argument("--faults", default="all", metavar="F", help="all, none, or names with commas")
        parser.add_argument("--ledger", type=Path, metavar="F", help="what was put (VAR_DIR/ledger.ndjson)")
        parser.add_argument("--example", type=Path, metavar="F", help="a shipment (VAR_DIR/example.json)")
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Drive in a thread, so that a signal ends the command whatever the thread waits for."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        simulation = Simulation(read_options(options))
        driving = threading.Thread(target=simulation.drive, args=(stop,), daemon=True)
        driving.start()
        while driving.is_alive() and not stop.is_set():
            wait(driving, stop)
            self.stderr.write(describe(simulation.summarise()))
        driving.join(GRACE_S)
        simulation.close()
        if options["json"]:
            self.stdout.write(json.dumps(simulation.summarise()))


def read_options(options: dict[str, Any]) -> Options:
    """The command's options; what is missing comes from the demo's description, else from the settings."""
    where = read_demo(options["demo"]) if options["demo"] else read_settings()
    where |= {name: options[name] for name in where if options[name]}
    same = {name: options[name] for name in ("vehicles", "rate", "seed", "seconds")}
    if same["vehicles"] < 1 or same["rate"] <= 0:
        raise CommandError("a fleet has at least one vehicle, and a rate above 0")
    try:
        return Options(**where, **same, faults=parse_faults(options["faults"]))
    except ValueError as error:
        raise CommandError(str(error)) from error


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
    if summary["refused"]:
        line += f"  refused {summary['refused']} ({summary['last_refusal']})"
    if summary["failed_calls"]:
        line += f"  failed calls {summary['failed_calls']}"
    return line
