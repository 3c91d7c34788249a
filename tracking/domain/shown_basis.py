"""Basis of a shown window: its least width, and the predicted step that the calendar does not allow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from tracking.domain.calendars import DeliveryCalendar, to_moment
from tracking.domain.value import Struct

Confidence = Literal["high", "medium", "low"]
# Step of a delivery that a calendar may not allow: the loading of the van, or the arrival at the recipient's.
ClosedStep = Literal["loading", "arrival"]

# Least width by confidence: fixed minutes, and a share of the time that remains.
LEAST_WIDTH: dict[Confidence, tuple[float, float]] = {
    "high": (15, 0.15),
    "medium": (30, 0.25),
    "low": (45, 0.40),
}
# An older position adds no more width than this; an unknown one as much.
MAX_AGE_MIN = 2 * 60.0


class ShownBasis(Struct, frozen=True):
    """Reasons for the width and the place of a shown window, as they were when it was first shown.

    `remaining_min` are the minutes to the likely arrival, `age_min` those since the place of the parcel was
    known, None if it never was. At `closed_at` the `closed_step` was predicted, and the calendar does not
    allow it then; None if the window lies where the arrival was predicted.
    """

    confidence: Confidence
    remaining_min: float
    age_min: float | None = None
    closed_step: ClosedStep | None = None
    closed_at: datetime | None = None

    @property
    def least_min(self) -> float:
        """Least minutes of the window."""
        return find_least_width(self.confidence, self.remaining_min, self.age_min)


def find_least_width(confidence: Confidence, remaining_min: float, age_min: float | None) -> float:
    """Return the least minutes of a window; `age_min` is that of the position, None if there is none."""
    return find_confidence_width(confidence, remaining_min) + find_age_width(age_min)


def find_confidence_width(confidence: Confidence, remaining_min: float) -> float:
    """Return the least minutes of a window by its confidence and the time that remains."""
    fixed, share = LEAST_WIDTH[confidence]
    return max(fixed, remaining_min * share)


def find_age_width(age_min: float | None) -> float:
    """Return the minutes that the age of the position adds; None if there is no position."""
    return MAX_AGE_MIN if age_min is None else min(max(age_min, 0.0), MAX_AGE_MIN)


def find_closed_step(
    arrivals: Sequence[float], travel: Sequence[float], calendar: DeliveryCalendar, *, is_out: bool
) -> tuple[ClosedStep | None, datetime | None]:
    """Return the first predicted step that the calendar does not allow, and when; None if it allows all.

    `arrivals` are the quantiles of the arrival, `travel` those of the minutes from the loading to it.
    `is_out` is True if the parcel is on the van already.
    """
    for arrival, minutes in zip(arrivals, travel, strict=True):
        loading = arrival - minutes
        if not calendar.is_open(arrival):
            return "arrival", to_moment(arrival)
        if not is_out and calendar.next_loading(loading) != loading:
            return "loading", to_moment(loading)
    return None, None
