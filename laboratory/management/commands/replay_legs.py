"""`manage.py replay_legs`: predicts recorded legs again and scores the arrival windows."""

import json
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.evaluation.leg_files import read_history, read_progress
from laboratory.evaluation.replay import Options, replay
from laboratory.evaluation.scores import score
from swiftlogix.exit_codes import BAD_INPUT
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.input_files import BadFileError
from tracking.input_values import Range, parse_moment, parse_number
from tracking.services.prediction.leg_files import read_legs

PROMISE_FACTORS = Range(0, 100, above=True)
ROWS = (
    ("legs", ""),
    ("scored", ""),
    ("skipped", ""),
    ("mae_min", "min"),
    ("wape_pct", "%"),
    ("bias_min", "min"),
    ("coverage_pct", "%"),
    ("median_relative_width_pct", "%"),
    ("baseline_mae_min", "min"),
    ("gain_pct", "%"),
    ("us_per_prediction", "µs"),
    ("us_per_update", "µs"),
)
BRIEF = ("n", "mae_min", "wape_pct", "coverage_pct", "median_relative_width_pct")


class Command(BaseCommand):
    """Replays a file of legs through the product's own prediction and learning, in memory."""

    help = (
        "Predict recorded legs again, each before it ends; reports error, coverage and width of the windows."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add options of the input files and of what is scored."""
        parser.add_argument("file", type=Path, help="CSV file of legs")
        parser.add_argument(
            "--seed-with",
            type=Path,
            help="CSV file of history to learn from first: legs, or one line per lane",
        )
        parser.add_argument(
            "--score-from", type=_read_date, help="only learn from legs that departed before this date"
        )
        parser.add_argument(
            "--promise-factor",
            type=_read_factor,
            help="promise = departure + this factor x base time; scores lateness",
        )
        parser.add_argument("--checkpoints", type=Path, help="CSV file of progress during legs")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Read, replay, score and print; exits with 2 on a bad file."""
        try:
            legs = read_legs(file)
            history = read_history(options["seed_with"]) if options["seed_with"] else []
            progress = read_progress(options["checkpoints"]) if options["checkpoints"] else []
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        chosen = Options(options["score_from"], options["promise_factor"])
        report = score(replay(MemoryLaneStatisticsStore(), legs, chosen, history, progress))
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write("\n".join(_format_table(report)))


def _read_date(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _read_factor(text: str) -> float:
    try:
        return parse_number(text, PROMISE_FACTORS)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _format_table(report: dict[str, Any]) -> list[str]:
    """Format the report as a table: totals, then buckets and days."""
    lines = [f"{name:<28} {_format_number(report[name]):>10} {unit}".rstrip() for name, unit in ROWS]
    lines += ["", f"{'':<12}" + "".join(f"{name.rpartition('_')[0] or name:>24}" for name in BRIEF)]
    for part in (*report["by_bucket"], *report["by_day"]):
        name = f"bucket {part['bucket']}" if "bucket" in part else part["day"]
        lines.append(f"{name:<12}" + "".join(f"{_format_number(part[column]):>24}" for column in BRIEF))
    for name in ("lateness", "in_trip"):
        figures = {key: value for key, value in report.get(name, {}).items() if key != "bins"}
        lines += [f"{name} {key:<24} {_format_number(value):>10}" for key, value in figures.items()]
    return lines


def _format_number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
