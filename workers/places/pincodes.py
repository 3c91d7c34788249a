"""Points and areas of PIN codes, in little memory: for processes that need no place names."""

from functools import cached_property
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from tracking.lookup_ports import PinCodeArea
from workers.places.atlas import COMPILED, Tables, unpack_degrees
from workers.places.packing import unpack

PIN_DIGITS = 6
KM_A_DEGREE = 111.2
# Radius of a PIN code whose area is not in the table.
UNKNOWN_RADIUS_M = 20_000.0
log = structlog.get_logger()


class PinCodes:
    """Points of all PIN codes, read at first use. Safe to use from many threads.

    If the file is missing or broken, no PIN code has a point.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """`path` is the compiled file."""
        self._path = path

    def locate(self, pincode: str) -> tuple[float, float] | None:
        """Return a point (lat, lon in degrees) in the area of a PIN code or among its offices, or None."""
        return self._points.get(int(pincode)) if _is_pin_code(pincode) else None

    def locate_area(self, pincode: str) -> PinCodeArea | None:
        """Return a circle around the point of a PIN code that holds its whole area, or None.

        The first call reads the corners of all areas, which takes a tenth of a second.
        """
        point = self.locate(pincode)
        if point is None:
            return None
        return PinCodeArea(*point, self._radii.get(int(pincode), UNKNOWN_RADIUS_M))

    @cached_property
    def _points(self) -> dict[int, tuple[float, float]]:
        try:
            with np.load(self._path, allow_pickle=False) as tables:
                lats, lons = (unpack_degrees(tables[name]) for name in ("middle_lat_e5", "middle_lon_e5"))
                rows = zip(tables["pincodes"].tolist(), lats.tolist(), lons.tolist(), strict=True)
                # Zeros mark a code without a point.
                return {pincode: (lat, lon) for pincode, lat, lon in rows if lat or lon}
        except Exception:  # A broken file can raise many errors; none of them may cost an event or a page.
            log.exception("enrich", outcome="no PIN codes", file=self._path.name)
            return {}

    @cached_property
    def _radii(self) -> dict[int, float]:
        """Return the metres from the point of each PIN code to the farthest corner of its area."""
        try:
            with np.load(self._path, allow_pickle=False) as tables:
                return _measure_radii(tables, self._points)
        except Exception:  # As above.
            log.exception("enrich", outcome="no areas of PIN codes", file=self._path.name)
            return {}


def _is_pin_code(text: str) -> bool:
    return len(text) == PIN_DIGITS and text.isascii() and text.isdecimal()


def _measure_radii(tables: Tables, points: dict[int, tuple[float, float]]) -> dict[int, float]:
    ends = [unpack(tables[name]) for name in ("ring_ends", "part_ends", "area_ends")]
    # First corner of each area: its first part, the first ring of that, the first corner of that.
    starts = ends[0][ends[1][ends[2]]]
    lats, lons = (unpack_degrees(tables[name]) for name in ("corner_lat_e5", "corner_lon_e5"))
    codes = tables["area_pincode"].tolist()
    middles = np.array([points.get(code, (np.nan, np.nan)) for code in codes])
    counts = np.diff(starts)
    north = (lats - np.repeat(middles[:, 0], counts)) * KM_A_DEGREE
    east = (lons - np.repeat(middles[:, 1], counts)) * KM_A_DEGREE * np.cos(np.radians(lats))
    farthest: NDArray[np.float64] = np.maximum.reduceat(np.hypot(north, east), starts[:-1]) * 1000
    return {code: float(radius) for code, radius in zip(codes, farthest, strict=True) if np.isfinite(radius)}
