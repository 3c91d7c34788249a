"""`manage.py delay_report`: scores warnings of lateness: how many, how early, how often correct."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from laboratory.evaluation.intervals import find_intervals
from laboratory.evaluation.warnings import ShipmentOutcome, score_warnings, trace_outcome
from laboratory.recorded_runs.hubs import read_hubs
from laboratory.recorded_runs.recording import read_recording
from laboratory.recorded_runs.run_replay import RunReplay
from swiftlogix.exit_codes import BAD_INPUT
from tracking.input_files import BadFileError
from tracking.input_values import parse_moment
from tracking.models import Shipment
from tracking.ports import ports

SHIPMENTS_A_READ = 100


class Command(BaseCommand):
    """Scores warnings from stored timelines, or from a recorded run that is replayed."""

    help = "Score the warnings of lateness: how many, how early, and how often correct."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add options that choose shipments: by promise date, or of a recorded run."""
        parser.add_argument(
            "--from", dest="since", metavar="DATE", help="shipments promised on this day or later (UTC)"
        )
        parser.add_argument(
            "--to", dest="until", metavar="DATE", help="shipments promised before this day (UTC)"
        )
        parser.add_argument(
            "--replay", type=Path, metavar="DIR", help="replay a run that `simulate --record` wrote into DIR"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Collect outcomes, score them and print; exits with 2 on a bad recording or date."""
        try:
            outcomes = replay_outcomes(options) if options["replay"] else list(read_outcomes(options))
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        report = score_warnings(outcomes) | {"intervals_90_pct": find_intervals(outcomes)}
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, value in report.items():
            self.stdout.write(f"{name:24} {value}")


def replay_outcomes(options: dict[str, Any]) -> list[ShipmentOutcome]:
    """Replay a recorded run and return the outcomes of shipments promised in the chosen days.

    Shipments promised before them are only learned from.
    """
    since = read_day(options["since"]) if options["since"] else None
    until = read_day(options["until"]) if options["until"] else None
    replay = RunReplay(read_hubs())
    replay.replay(read_recording(options["replay"]))
    return [
        outcome
        for outcome in replay.collect_outcomes()
        if (since is None or outcome.promised_at >= since) and (until is None or outcome.promised_at < until)
    ]


def read_outcomes(options: dict[str, Any]) -> Iterator[ShipmentOutcome]:
    """Yield the outcomes of stored shipments promised in the chosen days."""
    rows = Shipment.objects.order_by("pk")
    rows = rows.filter(promised_to__gte=read_day(options["since"])) if options["since"] else rows
    rows = rows.filter(promised_to__lt=read_day(options["until"])) if options["until"] else rows
    shipment_ids = list(rows.values_list("shipment_id", flat=True))
    store = ports().store
    for start in range(0, len(shipment_ids), SHIPMENTS_A_READ):
        states = store.read_states(shipment_ids[start : start + SHIPMENTS_A_READ])
        outcomes = (trace_outcome(state, store.read_timeline(name)) for name, state in states.items())
        yield from (outcome for outcome in outcomes if outcome is not None)


def read_day(text: str) -> datetime:
    """Return the start of a day in UTC; raises `CommandError` with exit code 2 for a bad date."""
    try:
        return datetime.combine(parse_moment(text).date(), datetime.min.time(), UTC)
    except ValueError as error:
        raise CommandError(f"{text}: {error}", returncode=BAD_INPUT) from error
