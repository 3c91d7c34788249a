"""`manage.py simulate`: a fleet books shipments by the API and puts its records on the stream."""

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from swiftlogix.simulator.faults import parse_faults
from swiftlogix.simulator.simulation import Options, Simulation

PROGRESS_EVERY_S = 5.0
# When the end comes, a call under way gets this long; what it does after that is not noted.
GRACE_S = 0.7


class Command(BaseCommand):
    """Drive the product from outside with a simulated fleet."""

    help = "Drive the product from outside with a simulated fleet; SIGTERM or Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where the product is, how large the fleet is, and what goes wrong."""
        parser.add_argument("--demo", type=Path, help="var/demo.json: where the running demo is")
        parser.add_argument("--api", help="address of the web role")
        parser.add_argument("--api-key", help="key of the partner who books")
        parser.add_argument("--endpoint", help="address of the AWS endpoint; default: AWS itself")
        parser.add_argument("--stream", help="name of the Kinesis stream")
        parser.add_argument("--region", help="AWS region")
        parser.add_argument("--vehicles", type=int, default=50)
        parser.add_argument("--rate", type=float, default=20.0, help="events a second in all")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--for", dest="seconds", type=float, help="seconds; default: without end")
        parser.add_argument("--faults", default="all", help="all, none, or names with commas")
        parser.add_argument("--ledger", type=Path, help="file for what was put, one JSON line each")
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
    """The command's options, with what is missing taken from the demo's own description."""
    known = read_demo(options["demo"]) if options["demo"] else {}
    given = {name: options[name] for name in ("api", "api_key", "endpoint", "stream", "region")}
    merged = known | {name: value for name, value in given.items() if value}
    if not merged.get("stream"):
        raise CommandError("say --stream NAME or --demo FILE")
    try:
        faults = parse_faults(options["faults"])
    except ValueError as error:
        raise CommandError(str(error)) from error
    same = {name: options[name] for name in ("vehicles", "rate", "seed", "seconds", "ledger")}
    return Options(**merged, **same, faults=faults)


def read_demo(path: Path) -> dict[str, Any]:
    """Where the running demo is, as options."""
    demo = json.loads(path.read_text(encoding="utf-8"))
    return {
        "api": demo["web"],
        "api_key": demo["api_key"],
        "endpoint": demo["aws_endpoint"],
        "stream": demo["names"]["stream"],
        "region": demo["region"],
    }


def wait(driving: threading.Thread, stop: threading.Event) -> None:
    """Wait for the next line of progress, or for the end."""
    for _ in range(int(PROGRESS_EVERY_S / 0.2)):
        if stop.wait(0.2) or not driving.is_alive():
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
