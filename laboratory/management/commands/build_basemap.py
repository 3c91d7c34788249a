"""`manage.py build_basemap`: makes the committed map files anew, or checks that they are unchanged."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.basemap import layers, sources

MAP_DIR = Path(__file__).resolve().parents[3] / "tracking/static/tracking/map"


class Command(BaseCommand):
    """Builds the map at development time; it needs npm and the package registry, a clone never does."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--check` and `--from`."""
        parser.add_argument("--check", action="store_true", help="compare with the committed bytes only")
        parser.add_argument("--from", dest="archives", help="a folder with the archives; npm is not asked")

    def handle(self, *args: Any, check: bool, archives: str | None, **options: Any) -> None:
        """Fetch the pinned packages, draw, then write or compare."""
        try:
            files = build(Path(archives) if archives else None)
        except sources.SourceError as error:
            raise CommandError(str(error)) from error
        for name, content in files.items():
            target = MAP_DIR / name
            if check and (not target.exists() or target.read_bytes() != content):
                raise CommandError(f"{name} is not what the sources make.")
            if not check:
                MAP_DIR.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            self.stdout.write(f"{name}: {len(content):,} bytes {'as committed' if check else 'written'}")


def build(archives: Path | None) -> dict[str, bytes]:
    """The files by name, from archives in a folder or from the registry."""
    with tempfile.TemporaryDirectory() as folder:
        directory = archives or Path(folder)
        if archives is None:
            sources.fetch(sources.SOURCES, directory)
        sources.check(sources.SOURCES, directory)
        return layers.write_files(layers.read_ground(directory))
