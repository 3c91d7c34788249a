"""Measures the evidence of attempts on recorded runs of two seeds, for the table of `docs/evidence.md`."""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("BUILDING", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django  # noqa: E402 - the settings must be named before

django.setup()

from laboratory.management.commands.attempt_report import report_attempts  # noqa: E402
from laboratory.simulator.faults import ALL_FAULTS  # noqa: E402
from laboratory.simulator.fleet import FleetOptions  # noqa: E402
from laboratory.simulator.simulation import Options, record_run  # noqa: E402

DOCUMENT = ROOT / "docs" / "evidence.md"
BEGINS, ENDS = "<!-- measured from here on -->", "<!-- to here -->"
# Midnight of a Monday in India; a day of the pilot's vans, from loading to the evening.
STARTED_AT = 1_788_719_400.0
VEHICLES, OPENS, SECONDS = 50, 8.0, 36_000.0
SEEDS = (41, 42)
KNOWN_DOORS = {"door": "point of the door", "pin_code": "PIN code only"}


def main() -> None:
    """Record and replay a run of each seed, and write the table; the same bytes every time."""
    rows = [row for seed in SEEDS for row in measure(seed)]
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    heads = (
        "| seed; known of the door | attempts; false | precision | recall | honest: supported, insufficient |"
    )
    table = [BEGINS, "", heads, "|---|---|---|---|---|", *rows, "", ENDS]
    DOCUMENT.write_text(before + "\n".join(table) + after, encoding="utf-8")


def measure(seed: int) -> list[str]:
    """Return the rows of a seed: with the points of the doors, and without them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = folder / "truth.jsonl"
        fleet = FleetOptions(VEHICLES, seed=seed, hour=OPENS, payload="vehicle", faults=ALL_FAULTS)
        record_run(Options(fleet, started_at=STARTED_AT, seconds=SECONDS, truth=truth), folder)
        with_points = report_attempts(folder, truth)
        remove_points(folder / "bookings.jsonl")
        without = report_attempts(folder, truth)
    return [
        format_row(seed, KNOWN_DOORS["door"], with_points),
        format_row(seed, KNOWN_DOORS["pin_code"], without),
    ]


def remove_points(bookings: Path) -> None:
    """Remove the point of the door from every booking of a file."""
    entries = [json.loads(line) for line in bookings.read_text(encoding="utf-8").splitlines()]
    for entry in entries:
        entry["body"].get("recipient", {}).pop("point", None)
    bookings.write_text("\n".join(map(json.dumps, entries)) + "\n", encoding="utf-8")


def format_row(seed: int, known: str, report: dict[str, Any]) -> str:
    """Format the figures of one run."""
    honest = report["of_honest"]
    shares = [f"{report[name]:.3f}" for name in ("precision", "recall")]
    verdicts = f"{honest.get('supported', 0):,}, {honest.get('insufficient', 0):,}"
    return (
        f"| {seed}; {known} | {report['attempts']:,}; {report['false']} | {' | '.join(shares)} | {verdicts} |"
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--help"]:
        sys.stdout.write(f"{__doc__}\n")
    elif sys.argv[1:]:
        sys.exit(f"measure_evidence.py takes no arguments; got {json.dumps(sys.argv[1:])}")
    else:
        main()
