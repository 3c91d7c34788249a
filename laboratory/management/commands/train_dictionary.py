"""`manage.py train_dictionary`: makes the dictionary with which values of rows are compressed."""

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.recorded_runs.row_dictionaries import TooFewValuesError, Trained, train
from swiftlogix.exit_codes import BAD_INPUT
from tracking.adapters.packed import DICTIONARIES
from tracking.input_files import BadFileError


class Command(BaseCommand):
    """Trains a dictionary; only needed when the values of rows have changed much."""

    help = (
        "Train a dictionary for the compressed values of rows, and report the sizes of values that it was"
        " not trained with. One that exists is never replaced: rows name theirs by its number."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the recorded runs, the number of the dictionary and its size."""
        parser.add_argument(
            "--replay",
            type=Path,
            nargs="+",
            required=True,
            metavar="DIR",
            help="runs that `simulate --record` wrote",
        )
        parser.add_argument(
            "--number", type=_read_number, required=True, metavar="N", help="number of the new dictionary"
        )
        parser.add_argument(
            "--bytes", type=_read_number, default=16_384, metavar="B", help="its size (default 16384)"
        )
        parser.add_argument(
            "--into", type=Path, default=DICTIONARIES, metavar="DIR", help="another folder than the product's"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Train, write and report; exits with 1 if the number is taken, with 2 on a bad or short run."""
        file = options["into"] / f"{options['number']}.zdict"
        if file.exists():
            raise CommandError(f"{file.name} exists, and rows may name it. Take the next number.")
        # Before the training, which takes minutes.
        options["into"].mkdir(parents=True, exist_ok=True)
        try:
            trained = train(options["replay"], options["number"], options["bytes"])
        except (BadFileError, TooFewValuesError) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        file.write_bytes(trained.dictionary)
        self.stdout.write(_write_json(file, trained) if options["json"] else _describe(file, trained))


def _write_json(file: Path, trained: Trained) -> str:
    sizes = {kind: one._asdict() for kind, one in trained.sizes.items()}
    return json.dumps({"file": file.name, "bytes": len(trained.dictionary), "sizes": sizes})


def _describe(file: Path, trained: Trained) -> str:
    lines = [f"{file.name}: {len(trained.dictionary):,} bytes. Mean bytes of a value that is new to it:"]
    lines += [
        f"  {kind:7} {one.json:,} as JSON, {one.compressed:,} compressed, {one.with_dictionary:,} with it"
        for kind, one in trained.sizes.items()
    ]
    return "\n".join(lines)


def _read_number(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
