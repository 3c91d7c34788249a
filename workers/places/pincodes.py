"""Where a PIN code lies: one point each, in less than a megabyte, for whoever needs no names."""

from functools import cached_property
from pathlib import Path

import numpy as np
import structlog

from workers.places.atlas import COMPILED, unpack_degrees

PIN_DIGITS = 6
log = structlog.get_logger()


class PinCodes:
    """Reads the points of all PIN codes when first asked; safe for many threads.

    Where the file is missing or broken every PIN code is nowhere.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """Take the file to read."""
        self._path = path

    def locate(self, pincode: str) -> tuple[float, float] | None:
        """A point (lat, lon) in degrees in the midst of a PIN code, inside its area if it has one."""
        if len(pincode) != PIN_DIGITS or not (pincode.isascii() and pincode.isdecimal()):
            return None
        return self._points.get(int(pincode))

    @cached_property
    def _points(self) -> dict[int, tuple[float, float]]:
        try:
            with np.load(self._path, allow_pickle=False) as tables:
                lat, lon = (unpack_degrees(tables[name]) for name in ("middle_lat_e5", "middle_lon_e5"))
                rows = zip(tables["pincodes"].tolist(), lat.tolist(), lon.tolist(), strict=True)
                # Zeros stand for a code that nobody can tell the place of.
                return {pincode: (north, east) for pincode, north, east in rows if north or east}
        except Exception:  # A broken file fails in many ways, and none of them may cost an event or a page.
            log.exception("enrich", outcome="no PIN codes", file=self._path.name)
            return {}
