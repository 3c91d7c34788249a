"""Skewed clocks: the devices that were seen to stamp Indian time as UTC."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.indian_time import INDIAN_OFFSET
from tracking.domain.payload import FUTURE_LIMIT, PAST_LIMIT
from tracking.domain.position import correct_clock

# Right times for this long, by the stream's clock, show that a clock was set right. A buffer that is sent
# 5 h 30 min late looks right for the moment that its sending takes.
SET_RIGHT_AFTER = timedelta(minutes=10)
DEVICES_KEPT = 20_000


class _Skew(NamedTuple):
    """Last report that showed the skew, and the first one with a right time since then."""

    seen_at: datetime
    right_since: datetime | None = None


class SkewedClocks:
    """Memory of a process of devices that stamp Indian time as UTC; safe for many threads.

    A report that such a device sends at once shows the skew: its time is 5 h 30 min after its arrival. The
    times of reports that it kept for a while are as wrong, and only this memory shows it. What a crash loses
    is known again with the next report that is sent at once.
    """

    def __init__(self) -> None:
        self._skews: OrderedDict[str, _Skew] = OrderedDict()
        self._lock = threading.Lock()

    def correct(self, device: str, sent_at: datetime, arrived_at: datetime) -> datetime:
        """Return the true time of a report; `arrived_at` is when the stream took it.

        A time close to its arrival is taken as it stands: the device's clock may have been set right.
        """
        corrected = correct_clock(sent_at, arrived_at)
        if corrected is not None:
            self._note(device, _Skew(arrived_at))
            return corrected
        skew = self._skews.get(device)
        if skew is None or arrived_at - skew.seen_at > PAST_LIMIT:
            return sent_at
        if abs(sent_at - arrived_at) > FUTURE_LIMIT:
            return sent_at - INDIAN_OFFSET
        if skew.right_since is None:
            self._note(device, skew._replace(right_since=arrived_at))
        elif arrived_at - skew.right_since > SET_RIGHT_AFTER:
            self._forget(device)
        return sent_at

    def _note(self, device: str, skew: _Skew) -> None:
        with self._lock:
            self._skews[device] = skew
            self._skews.move_to_end(device)
            while len(self._skews) > DEVICES_KEPT:
                self._skews.popitem(last=False)

    def _forget(self, device: str) -> None:
        with self._lock:
            self._skews.pop(device, None)
