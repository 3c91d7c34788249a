"""Points of PIN codes in memory."""

from collections.abc import Mapping


class MemoryPinCodes:
    """`PinCodeLocator` of the points it is given."""

    def __init__(self, points: Mapping[str, tuple[float, float]]) -> None:
        """Take (lat, lon) in degrees by PIN code."""
        self._points = points

    def locate(self, pin_code: str) -> tuple[float, float] | None:
        """Return the point of the PIN code, None for an unknown one."""
        return self._points.get(pin_code)
