"""Points of PIN codes, one each, in less than a megabyte: for processes that need no place names."""

from functools import cached_property
from pathlib import Path

import numpy as np
import structlog

from workers.places.atlas import COMPILED, unpack_degrees

PIN_DIGITS = 6
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
        if len(pincode) != PIN_DIGITS or not (pincode.isascii() and pincode.isdecimal()):
            return None
        return self._points.get(int(pincode))

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
