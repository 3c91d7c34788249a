"""Read-only ports of the maps: positions of towns, localities, and tiles of streets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Point = tuple[float, float]


class TownLocator(Protocol):
    """Table of the positions of towns. Safe for many threads."""

    def locate(self, name: str, near: Point) -> Point | None:
        """Return the point (lat, lon in degrees) of the town of this name nearest to `near`; None if unknown.

        Never raises: without a table every town is unknown.
        """
        ...


class Locality(NamedTuple):
    """Quarter of a town with its own post office, in degrees; `rank` is 0 for the few shown first, else 1."""

    name: str
    lat: float
    lon: float
    rank: int


class LocalityFinder(Protocol):
    """Table of localities. Safe for many threads."""

    def find_near(self, points: Sequence[Point], within_km: float) -> list[Locality]:
        """Return the localities within so many km of any of these points (lat, lon in degrees), by rank.

        Never raises: without a table there is none.
        """
        ...


class ArchivePart(NamedTuple):
    """Bytes of a map archive; `size` and `etag` are of the whole archive."""

    content: bytes
    size: int
    etag: str


class TileArchive(Protocol):
    """Archive of vector tiles (PMTiles) that is read in parts. Safe for many threads."""

    def read(self, start: int, length: int) -> ArchivePart:
        """Return the bytes from `start`, at most `length`; none if the archive ends before.

        Raises `FileNotFoundError` if there is no such archive, `TransientError` if it cannot be reached.
        """
        ...


class NoTowns:
    """Table without any town: maps show none that a parcel passed."""

    def locate(self, name: str, near: Point) -> Point | None:
        """Return None."""
        del name, near
        return None


class NoLocalities:
    """Table without any locality."""

    def find_near(self, points: Sequence[Point], within_km: float) -> list[Locality]:
        """Return none."""
        del points, within_km
        return []


@dataclass(frozen=True)
class MapData:
    """Adapters of the maps' data; without any, a map shows land and cities alone."""

    towns: TownLocator = field(default_factory=NoTowns)
    localities: LocalityFinder = field(default_factory=NoLocalities)
    # None where the console's map shows no streets.
    tiles: TileArchive | None = None
