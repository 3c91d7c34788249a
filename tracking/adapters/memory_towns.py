"""Positions of towns in memory."""

from collections.abc import Mapping, Sequence

Point = tuple[float, float]


class MemoryTowns:
    """`TownLocator` of the towns it is given."""

    def __init__(self, points: Mapping[str, Sequence[Point]]) -> None:
        """Take the (lat, lon) in degrees of all towns of a name, by name."""
        self._points = {name.casefold(): list(found) for name, found in points.items()}

    def locate(self, name: str, near: Point) -> Point | None:
        """Return the position of the town of this name nearest to `near`; None if unknown."""
        found = self._points.get(name.casefold(), [])
        return min(found, key=lambda point: abs(point[0] - near[0]) + abs(point[1] - near[1]), default=None)
