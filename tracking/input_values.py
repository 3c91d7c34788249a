"""Numbers and times in files and options of commands: usable ones, or an error that says why not."""

import math
from datetime import UTC, datetime
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 2000, 2099


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included; with `above`, `low` itself is excluded."""

    low: float
    high: float
    above: bool = False

    def __contains__(self, value: object) -> bool:
        """Return whether the number is in the range. NaN is in none."""
        if not isinstance(value, float) or (self.above and value <= self.low):
            return False
        return self.low <= value <= self.high

    def __str__(self) -> str:
        """Return the range in words."""
        return f"{'above' if self.above else 'at least'} {self.low:g} and at most {self.high:.15g}"


def parse_number(text: str, allowed: Range) -> float:
    """Return the text as a number. Raises `ValueError` for other text and for numbers outside the range."""
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"is no number: {shorten(text)}") from error
    if not math.isfinite(value) or value not in allowed:
        raise ValueError(f"must be {allowed}: {shorten(text)}")
    return value


def parse_moment(text: str) -> datetime:
    """Return an ISO time as aware UTC; a time without a zone is UTC. Raises `ValueError`.

    Only the years 2000 to 2099 are taken: near its ends the calendar overflows in a conversion.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"is no ISO time: {shorten(text)}") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"is not between {FIRST_YEAR} and {LAST_YEAR}: {shorten(text)}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def shorten(text: str) -> str:
    """Return the text in quotes, cut for a message."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
