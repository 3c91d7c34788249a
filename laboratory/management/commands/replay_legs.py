"""`manage.py replay_legs`: drives recorded legs again and says how good the windows were."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.evaluation.leg_files import read_history, read_legs, read_progress
from laboratory.evaluation.replay import Options, replay
from laboratory.evaluation.scores import score
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.services.prediction.lane_files import BadFileError

BAD_FILE = 2
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

    help = "Drive recorded legs again, predicting each before it ends; measures error, coverage and width."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which legs, what is known beforehand, and what to score."""
        parser.add_argument("file", type=Path, help="CSV of legs")
        parser.add_argument("--seed-with", type=Path, help="CSV of history: legs, or lanes summed up")
        parser.add_argument("--score-from", type=_read_date, help="legs that departed before only teach")
        parser.add_argument("--promise-factor", type=float, help="promise = departure + this times base")
        parser.add_argument("--checkpoints", type=Path, help="CSV of moments under way")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Read, replay, score, print; a bad file ends with exit code 2."""
        try:
            legs = read_legs(file)
            history = read_history(options["seed_with"]) if options["seed_with"] else []
            progress = read_progress(options["checkpoints"]) if options["checkpoints"] else []
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_FILE) from error
        chosen = Options(options["score_from"], options["promise_factor"])
        report = score(replay(MemoryLaneStatisticsStore(), legs, chosen, history, progress))
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write("\n".join(_lay_out(report)))


def _read_date(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _lay_out(report: dict[str, Any]) -> list[str]:
    """The report as a table: the whole, then its parts."""
    lines = [f"{name:<28} {_show(report[name]):>10} {unit}".rstrip() for name, unit in ROWS]
    lines += ["", f"{'':<12}" + "".join(f"{name.rpartition('_')[0] or name:>24}" for name in BRIEF)]
    for part in (*report["by_bucket"], *report["by_day"]):
        name = f"bucket {part['bucket']}" if "bucket" in part else part["day"]
        lines.append(f"{name:<12}" + "".join(f"{_show(part[column]):>24}" for column in BRIEF))
    for name in ("lateness", "in_trip"):
        figures = {key: value for key, value in report.get(name, {}).items() if key != "bins"}
        lines += [f"{name} {key:<24} {_show(value):>10}" for key, value in figures.items()]
    return lines


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
