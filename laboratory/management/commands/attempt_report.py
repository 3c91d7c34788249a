"""`manage.py attempt_report`: scores the evidence of attempts in a recorded run against its ground truth."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from laboratory.evaluation.attempts import TrueAttempt, match_attempts, score_attempts
from laboratory.recorded_runs.hubs import read_hubs
from laboratory.recorded_runs.recording import read_recording
from laboratory.recorded_runs.run_replay import RunReplay
from swiftlogix.exit_codes import BAD_INPUT
from tracking.input_files import BadFileError, JsonLine, read_json_lines
from tracking.input_values import parse_moment


class _TruthLine(msgspec.Struct, frozen=True):
    """Line of a truth file, with the fields of an attempt."""

    kind: str
    at: str
    device_id: str | None = None
    device_seq: int | None = None
    delivered: bool = False
    false: bool = False


class Command(BaseCommand):
    """Replays a recorded run, and compares the verdicts on its attempts with the truth."""

    help = "Score the evidence of attempts: how many false ones it finds, and how often it is right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the recorded run, its truth and the form of the answer."""
        recorded: dict[str, Any] = {"type": Path, "required": True}
        parser.add_argument("--replay", **recorded, metavar="DIR", help="run that `simulate --record` wrote")
        parser.add_argument("--truth", **recorded, metavar="F", help="file that `simulate --truth` wrote")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay, score and print; exits with 2 on a bad recording or truth."""
        try:
            report = report_attempts(options["replay"], options["truth"])
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, value in report.items():
            self.stdout.write(f"{name:24} {value}")


def report_attempts(folder: Path, truth: Path) -> dict[str, Any]:
    """Return the figures of a recorded run and its truth. Raises `BadFileError`."""
    replay = RunReplay(read_hubs())
    replay.replay(read_recording(folder))
    replay.finish_looks()
    return score_attempts(match_attempts(read_truths(truth), replay.collect_evidence()))


def read_truths(path: Path) -> list[TrueAttempt]:
    """Return the attempts of a truth file. Raises `BadFileError`."""
    lines = [(line, line.decode(_TruthLine)) for line in read_json_lines(path)]
    return [_read_attempt(line, stored) for line, stored in lines if stored.kind == "attempt"]


def _read_attempt(line: JsonLine, stored: _TruthLine) -> TrueAttempt:
    if stored.device_id is None or stored.device_seq is None:
        raise line.refuse("device_id", "is missing")
    try:
        at = parse_moment(stored.at)
    except ValueError as error:
        raise line.refuse("at", str(error)) from error
    return TrueAttempt(at, (stored.device_id, stored.device_seq), stored.delivered, stored.false)
