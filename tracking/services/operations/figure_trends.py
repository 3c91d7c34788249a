"""Trends of the console's key figures: samples of the whole fleet, and what they were in the last hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tracking.domain.errors import TransientError
from tracking.figure_sample_ports import SLOT_S, Figures
from tracking.ports import TrackingPorts
from tracking.services.operations.fleet import count_kpis
from tracking.services.requests.roles import EVERYTHING

SHOWN_SLOTS = 6 * 3600 // SLOT_S
_WEEK_SLOTS = 7 * 86400 // SLOT_S
# Samples around the same time a week ago, the best first.
_SAME_TIME = (0, 1, 2)


class Trend(NamedTuple):
    """Known values of one figure in the last `SHOWN_SLOTS` slots, and a week ago (None: not known).

    `points` are pairs, oldest first: number of the slot within those shown (0 is the oldest), and value.
    """

    points: tuple[tuple[int, float], ...] = ()
    week_ago: int | float | None = None


NO_TREND = Trend()


def sample_figures(ports: TrackingPorts, now: datetime) -> None:
    """Keep the key figures of the whole fleet at `now`. Raises `TransientError` without the store."""
    ports.figure_samples.keep(_find_slot(now), count_kpis(ports, now, EVERYTHING))


def read_trends(ports: TrackingPorts, now: datetime) -> dict[str, Trend]:
    """Return the trend of each figure of the whole fleet; none while the samples cannot be read."""
    last = _find_slot(now)
    shown = range(last - SHOWN_SLOTS + 1, last + 1)
    week_ago = [last - _WEEK_SLOTS - before for before in _SAME_TIME]
    try:
        samples = ports.figure_samples.read([*shown, *week_ago])
    except TransientError:
        return {}
    old: Figures = next((samples[slot] for slot in week_ago if slot in samples), {})
    names = {name for figures in samples.values() for name in figures}
    return {name: Trend(_list_points(samples, shown, name), old.get(name)) for name in sorted(names)}


def _list_points(samples: Mapping[int, Figures], shown: range, name: str) -> tuple[tuple[int, float], ...]:
    found = ((slot - shown.start, samples.get(slot, {}).get(name)) for slot in shown)
    return tuple((number, value) for number, value in found if value is not None)


def _find_slot(now: datetime) -> int:
    return int(now.timestamp() // SLOT_S)
