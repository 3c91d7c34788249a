"""Read-only ports: facts that tracking looks up and that packages above it keep."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple, Protocol


class QuarantineCounter(Protocol):
    """Count of the records that workers have quarantined."""

    def count(self) -> int:
        """Return how many records were quarantined today and yesterday (UTC).

        Reads all of them, so ask seldom. Raises `TransientError` when the store cannot be reached.
        """
        ...


class StreamProgress(NamedTuple):
    """Progress of reading the stream, over all shards that take records.

    Every record that reached the stream until `read_until` has been read; None if a shard was never read.
    Nobody reads `stopped` of the `shards`.
    """

    read_until: datetime | None
    shards: int
    stopped: int


class StreamProgressReader(Protocol):
    """Source of the progress of reading the stream."""

    def read_progress(self) -> StreamProgress | None:
        """Return the progress; None if no shard is known.

        Raises `TransientError` when the store cannot be reached.
        """
        ...


class SmsUsage(Protocol):
    """Count of the SMS segments that were handed to the provider."""

    def count_segments(self, partner_id: str, livemode: bool, first: date, last: date) -> dict[date, int]:
        """Return the segments sent for a partner's shipments by day (UTC), from `first` to `last` included.

        Days without a segment are left out.
        """
        ...


class PinCodeArea(NamedTuple):
    """Area of a PIN code: a point in degrees, and the radius in metres that holds the whole area."""

    lat: float
    lon: float
    radius_m: float


class PinCodeLocator(Protocol):
    """Table of the points of PIN codes. Safe for many threads."""

    def locate(self, pin_code: str) -> tuple[float, float] | None:
        """Return a point (lat, lon) in degrees inside the area of a PIN code, None for an unknown one.

        Never raises: without a table every PIN code is unknown.
        """
        ...

    def locate_area(self, pin_code: str) -> PinCodeArea | None:
        """Return the area of a PIN code, None for an unknown one. Never raises."""
        ...


class ActiveAlarms(Protocol):
    """Answers which alarms of the platform are on."""

    def list_on(self) -> Collection[str]:
        """Return their names; none where nobody evaluates. Raises `TransientError` if that is unknown."""
        ...


class NoAlarms:
    """Alarms of a process that has nobody to ask."""

    def list_on(self) -> Collection[str]:
        """Return none."""
        return ()


class EmptyQuarantine:
    """Quarantine of a process that has no workers' store."""

    def count(self) -> int:
        """Return 0."""
        return 0


class NoStreamProgress:
    """Feed of a process that has no workers' store."""

    def read_progress(self) -> StreamProgress | None:
        """Return None."""
        return None


class NoSms:
    """SMS usage of a process that sends nothing."""

    def count_segments(self, partner_id: str, livemode: bool, first: date, last: date) -> dict[date, int]:
        """Return no day."""
        del partner_id, livemode, first, last
        return {}


class NoPinCodes:
    """Table without any PIN code: no page shows a last mile."""

    def locate(self, pin_code: str) -> tuple[float, float] | None:
        """Return None."""
        del pin_code
        return None

    def locate_area(self, pin_code: str) -> PinCodeArea | None:
        """Return None."""
        del pin_code
        return None
