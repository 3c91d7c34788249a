"""Points of PIN codes in memory."""

from collections.abc import Mapping

from tracking.lookup_ports import PinCodeArea


class MemoryPinCodes:
    """`PinCodeLocator` of the points it is given."""

    def __init__(self, points: Mapping[str, tuple[float, float]], radius_m: float = 3000.0) -> None:
        """Take (lat, lon) in degrees by PIN code, and the radius of every area in metres."""
        self._points = points
        self._radius_m = radius_m

    def locate(self, pin_code: str) -> tuple[float, float] | None:
        """Return the point of the PIN code, None for an unknown one."""
        return self._points.get(pin_code)

    def locate_area(self, pin_code: str) -> PinCodeArea | None:
        """Return the area of the PIN code, None for an unknown one."""
        point = self._points.get(pin_code)
        return None if point is None else PinCodeArea(*point, self._radius_m)
