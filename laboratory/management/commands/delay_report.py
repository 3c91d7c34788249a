"""`manage.py delay_report`: how often people were warned of lateness, how early, and how often rightly."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from laboratory.evaluation.warnings import ShipmentOutcome, score_warnings, trace_outcome
from laboratory.rehearsal.hubs import read_hubs
from laboratory.rehearsal.rehearsal import Rehearsal
from laboratory.rehearsal.tape import BadTapeError, read_tape
from tracking.models import Shipment
from tracking.ports import ports

BAD_FILE = 2
SHIPMENTS_A_READ = 100


class Command(BaseCommand):
    """Judges our warnings by recorded timelines, or by a recorded run taken through the line again."""

    help = "How often people were warned of lateness, how early, and how often rightly."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which shipments: those promised in a span, or those of a recorded run."""
        parser.add_argument(
            "--from", dest="since", metavar="DATE", help="promised on this day or later (UTC)"
        )
        parser.add_argument("--to", dest="until", metavar="DATE", help="promised before this day (UTC)")
        parser.add_argument("--replay", type=Path, metavar="DIR", help="a folder of `simulate --record`")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Gather the stories, score, print; a bad folder ends with exit code 2."""
        try:
            stories = read_tape_stories(options) if options["replay"] else list(read_stories(options))
        except BadTapeError as error:
            raise CommandError(str(error), returncode=BAD_FILE) from error
        report = score_warnings(stories)
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, value in report.items():
            self.stdout.write(f"{name:24} {value}")


def read_tape_stories(options: dict[str, Any]) -> list[ShipmentOutcome]:
    """The stories of a recorded run, taken through the line in memory; what comes before the span teaches."""
    since = read_day(options["since"]) if options["since"] else None
    until = read_day(options["until"]) if options["until"] else None
    rehearsal = Rehearsal(read_hubs())
    rehearsal.play(read_tape(options["replay"]))
    return [
        story
        for story in rehearsal.tell_stories()
        if (since is None or story.promised_at >= since) and (until is None or story.promised_at < until)
    ]


def read_stories(options: dict[str, Any]) -> Iterator[ShipmentOutcome]:
    """The stories of recorded timelines, of the shipments promised in the span."""
    rows = Shipment.objects.order_by("pk")
    rows = rows.filter(promised_to__gte=read_day(options["since"])) if options["since"] else rows
    rows = rows.filter(promised_to__lt=read_day(options["until"])) if options["until"] else rows
    shipment_ids = list(rows.values_list("shipment_id", flat=True))
    store = ports().store
    for start in range(0, len(shipment_ids), SHIPMENTS_A_READ):
        states = store.read_states(shipment_ids[start : start + SHIPMENTS_A_READ])
        stories = (trace_outcome(state, store.read_timeline(name)) for name, state in states.items())
        yield from (story for story in stories if story is not None)


def read_day(text: str) -> datetime:
    """The start of a day in UTC."""
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), datetime.min.time(), UTC)
    except ValueError as error:
        raise CommandError(f"{text}: {error}", returncode=BAD_FILE) from error
