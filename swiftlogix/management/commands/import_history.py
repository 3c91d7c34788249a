"""`manage.py import_history`: learn finished legs of a carrier from a file, after saying what they bring."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from swiftlogix.exit_codes import BAD_INPUT
from tracking.domain.errors import TransientError
from tracking.eta.lanes import LaneStatistics
from tracking.input_files import BadFileError
from tracking.ports import LaneStatisticsStore, ports
from tracking.services.operations.hubs import read_hub_ids
from tracking.services.prediction.history import (
    FIGURES,
    NOT_ENDED,
    SelectedLegs,
    find_imported,
    hash_file,
    learn_history,
    list_hubs,
    read_statistics,
    remember_file,
    select_legs,
    try_history,
)
from tracking.services.prediction.leg_files import read_hub_legs

UNREACHABLE = 1
# Hubs that are named in the text; JSON has all of them.
NAMED_HUBS = 5


class Command(BaseCommand):
    """Seeds the lane statistics with legs that ended before the product was used."""

    help = (
        "Learn finished legs from a CSV file as `replay_legs` reads it. The last fifth is first predicted "
        "without and with the others. The same file again adds only legs that have ended since."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the file, and what to do with it."""
        parser.add_argument("file", type=Path, help="CSV file of legs between hubs")
        parser.add_argument(
            "--what-if", action="store_true", help="only say what the legs would bring, and learn nothing"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Read, try and learn; exits with 2 on a file without a usable leg, with 1 without a store."""
        try:
            result = self._import(file, only_try=options["what_if"])
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except TransientError as error:
            raise CommandError(
                f"the store cannot be reached, run it again: {error}", returncode=UNREACHABLE
            ) from error
        self.stdout.write(json.dumps(result) if options["json"] else "\n".join(_format(result)))

    def _import(self, file: Path, *, only_try: bool) -> dict[str, Any]:
        selected = select_legs(read_hub_legs(file), timezone.now())
        lanes, content_hash = ports().lanes, hash_file(file)
        result: dict[str, Any] = {"sha256": content_hash} | _count(selected)
        if imported := find_imported(lanes, content_hash):
            return result | {"imported_before": True, "learned": 0, "learned_before": imported.imported_legs}
        if not selected.usable:
            raise BadFileError(f"{file.name}: no leg can be learned{_format_skipped(selected.skipped)}")
        statistics = read_statistics(lanes, selected.usable)
        result |= {
            "imported_before": False,
            "unknown_hubs": sorted(list_hubs(selected.usable) - read_hub_ids()),
            "what_if": try_history(statistics, selected.usable),
        }
        if only_try:
            return result | {"learned": 0}
        learned = self._learn(lanes, selected, statistics)
        if NOT_ENDED not in selected.skipped:
            remember_file(lanes, content_hash, len(selected.usable))
        return result | {"learned": learned, "learned_before": len(selected.usable) - learned}

    def _learn(self, lanes: LaneStatisticsStore, selected: SelectedLegs, statistics: LaneStatistics) -> int:
        """Learn the legs, with the progress on standard error; return how many were new."""
        total = len(selected.usable)
        return learn_history(
            lanes, statistics, selected.usable, lambda done: self.stderr.write(f"{done} of {total} legs")
        )


def _count(selected: SelectedLegs) -> dict[str, Any]:
    return {
        "legs": len(selected.usable) + sum(selected.skipped.values()),
        "usable": len(selected.usable),
        "skipped": selected.skipped,
    }


def _format(result: dict[str, Any]) -> list[str]:
    lines = [f"{result['legs']} legs, {result['usable']} usable{_format_skipped(result['skipped'])}"]
    if result["imported_before"]:
        return [*lines, f"This file was imported before: {result['learned_before']} legs were learned then."]
    if unknown := result["unknown_hubs"]:
        lines.append(_format_hubs(unknown))
    trial = result["what_if"]
    lines += [f"Predicted without and with the others: the legs from {trial['from']} on"]
    lines.append(f"{'':<20}" + "".join(f"{name:>14}" for name in FIGURES))
    for source in trial["cold"]:
        for run in ("cold", "seeded"):
            figures = trial[run][source]
            columns = "".join(map(_format_figure, figures.values()))
            lines.append(f"{f'{source} {run}':<20}{columns}")
    lines.append(f"{result['learned']} legs learned")
    if before := result.get("learned_before"):
        lines.append(f"{before} legs were learned before, so the figures above rest on them already.")
    return lines


def _format_skipped(skipped: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in skipped.items())
    return f" (left out: {reasons})" if reasons else ""


def _format_hubs(unknown: Sequence[str]) -> str:
    named = ", ".join(unknown[:NAMED_HUBS]) + (", ..." if len(unknown) > NAMED_HUBS else "")
    return f"{len(unknown)} hubs are not in the network, so their lanes will not be used: {named}"


def _format_figure(value: float | None) -> str:
    return f"{'-' if value is None else value:>14}"
