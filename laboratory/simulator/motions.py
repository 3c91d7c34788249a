"""How a vehicle spends a stretch of time: standing at a point, or driving a road with stops on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from laboratory.simulator.roads import Floats, Road
from laboratory.simulator.world import Point


class Moves(NamedTuple):
    """Where a vehicle truly is at so many moments, and how it moves: degrees, km/h."""

    lat: Floats
    lon: Floats
    heading: Floats
    speed_kmh: Floats


class Motion(Protocol):
    """A stretch of a vehicle's life; moments are seconds since the start."""

    begins: float
    ends: float

    def spans(self) -> list[tuple[float, float, bool]]:
        """From when to when it moves or stands, in order: (begins, ends, moves)."""
        ...

    def at(self, moments: Floats) -> Moves:
        """Where it is at these moments."""
        ...


@dataclass(frozen=True)
class Stand:
    """A vehicle at rest."""

    point: Point
    begins: float
    ends: float

    def spans(self) -> list[tuple[float, float, bool]]:
        """One, at rest."""
        return [(self.begins, self.ends, False)]

    def at(self, moments: Floats) -> Moves:
        """The point, every time."""
        still = np.zeros(len(moments))
        return Moves(still + self.point[0], still + self.point[1], still, still)


class Drive:
    """A vehicle on a road: after `kms[i]` kilometres at `moments[i]`; equal kilometres are a stop."""

    def __init__(self, road: Road, moments: Sequence[float], kms: Sequence[float]) -> None:
        self.begins, self.ends = float(moments[0]), float(moments[-1])
        self._road = road
        self._moments, self._kms = np.asarray(moments, dtype=float), np.asarray(kms, dtype=float)
        seconds = np.maximum(np.diff(self._moments), 1e-3)
        self._speeds = np.diff(self._kms) / seconds * 3600

    def spans(self) -> list[tuple[float, float, bool]]:
        """One for each piece between two marks."""
        marks = self._moments.tolist()
        return list(zip(marks, marks[1:], (self._speeds > 0).tolist(), strict=False))

    def at(self, moments: Floats) -> Moves:
        """The places on the road, with the speed of the piece each lies in."""
        places = self._road.at(np.interp(moments, self._moments, self._kms))
        pieces = np.clip(np.searchsorted(self._moments, moments, side="right") - 1, 0, len(self._speeds) - 1)
        return Moves(*places, self._speeds[pieces])

    def when(self, km: float) -> float:
        """The moment at which the vehicle is first so many km along."""
        return float(np.interp(km, self._kms + np.arange(len(self._kms)) * 1e-9, self._moments))
