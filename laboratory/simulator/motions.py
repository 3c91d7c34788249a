"""Motions of a vehicle: standing at a point, or driving on a road with stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from laboratory.simulator.roads import Floats, Road
from laboratory.simulator.world import Point


class MotionSamples(NamedTuple):
    """True positions (degrees), headings (degrees) and speeds (km/h) of a vehicle at some moments."""

    lat: Floats
    lon: Floats
    heading: Floats
    speed_kmh: Floats


class Motion(Protocol):
    """Motion of a vehicle during some time; moments are seconds since the start."""

    begins: float
    ends: float

    def spans(self) -> list[tuple[float, float, bool]]:
        """Return the periods of moving and standing in order: (begins, ends, moves)."""
        ...

    def at(self, moments: Floats) -> MotionSamples:
        """Return positions, headings and speeds at these moments."""
        ...


@dataclass(frozen=True)
class Stand:
    """Vehicle that stands at a point."""

    point: Point
    begins: float
    ends: float

    def spans(self) -> list[tuple[float, float, bool]]:
        """Return one period, standing."""
        return [(self.begins, self.ends, False)]

    def at(self, moments: Floats) -> MotionSamples:
        """Return the point for every moment."""
        still = np.zeros(len(moments))
        return MotionSamples(still + self.point[0], still + self.point[1], still, still)


class Drive:
    """Vehicle on a road: at `kms[i]` kilometres at `moments[i]`; equal kilometres are a stop."""

    def __init__(self, road: Road, moments: Sequence[float], kms: Sequence[float]) -> None:
        self.begins, self.ends = float(moments[0]), float(moments[-1])
        self._road = road
        self._moments, self._kms = np.asarray(moments, dtype=float), np.asarray(kms, dtype=float)
        seconds = np.maximum(np.diff(self._moments), 1e-3)
        self._speeds = np.diff(self._kms) / seconds * 3600

    def spans(self) -> list[tuple[float, float, bool]]:
        """Return one period for each piece between two entries."""
        marks = self._moments.tolist()
        return list(zip(marks, marks[1:], (self._speeds > 0).tolist(), strict=False))

    def at(self, moments: Floats) -> MotionSamples:
        """Return places on the road, with the speed of the piece each lies in."""
        places = self._road.at(np.interp(moments, self._moments, self._kms))
        pieces = np.clip(np.searchsorted(self._moments, moments, side="right") - 1, 0, len(self._speeds) - 1)
        return MotionSamples(*places, self._speeds[pieces])

    def find_moment(self, km: float) -> float:
        """Return the moment at which the vehicle first reaches a distance in km."""
        return float(np.interp(km, self._kms + np.arange(len(self._kms)) * 1e-9, self._moments))
