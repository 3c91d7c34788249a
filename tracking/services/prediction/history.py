"""History of a carrier: finished legs from a file are learned as if the line had seen them, after a trial.

Each leg is predicted at its departure from what had arrived before, and learned at its arrival: a prediction
never uses later legs.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from tracking.domain.legs import BaseFrom, FinishedLeg, find_fault
from tracking.eta.lane_keys import list_keys
from tracking.eta.lanes import (
    ImportedFile,
    LaneStatistics,
    RatioPrediction,
    Statistic,
    file_key,
    predict_ratio,
)
from tracking.eta.learning import is_plausible, learn
from tracking.eta.quality import Sums, list_observations
from tracking.input_files import BadFileError
from tracking.ports import LaneStatisticsStore
from tracking.services.prediction.learning import learn_legs, leave_out_windows
from tracking.services.prediction.leg_files import RecordedLeg, finish_recorded
from tracking.services.reading.eta_quality import describe_sums

# Share of the legs, the last to depart, on which the trial compares predictions.
HELD_OUT = 0.2
LEGS_PER_STEP = 100
FIGURES = ("n", "error_min", "error_pct", "coverage_pct", "width_min")
# Code of a leg that a later import of the same file may learn.
NOT_ENDED = "not_ended"
SOURCES: dict[BaseFrom, str] = {"p": "planned", "d": "distance"}


class SelectedLegs(NamedTuple):
    """Legs that can be learned, and the number of the others by reason."""

    usable: list[RecordedLeg]
    skipped: dict[str, int]


def select_legs(legs: Iterable[RecordedLeg], now: datetime) -> SelectedLegs:
    """Return the legs that can be learned: sound, ended by `now`, each id once per source of base minutes.

    The others are counted by the code of their first fault.
    """
    usable: dict[tuple[str, BaseFrom], RecordedLeg] = {}
    skipped: Counter[str] = Counter()
    for leg in legs:
        name = leg.leg_id, leg.profile.base_from
        reason = _find_fault(leg, now) or ("leg_id_again" if name in usable else None)
        if reason is None:
            usable[name] = leg
        else:
            skipped[reason] += 1
    return SelectedLegs(list(usable.values()), dict(sorted(skipped.items())))


def _find_fault(leg: RecordedLeg, now: datetime) -> str | None:
    """Return the code of why nothing can be learned from a leg by itself."""
    fault = find_fault(leg.departed_at, leg.arrived_at)
    minutes = (leg.arrived_at - leg.departed_at).total_seconds() / 60
    if fault is None and leg.arrived_at > now:
        fault = NOT_ENDED
    if fault is None and leg.profile.origin == leg.profile.destination:
        fault = "same_hub"
    if fault is None and not is_plausible(minutes, leg.profile.base_min):
        fault = "implausible_duration"
    return fault


def hash_file(path: Path) -> str:
    """Return the SHA-256 of the content of a file in hex. Raises `BadFileError` for a pipe."""
    if not path.is_file():
        raise BadFileError(f"{path.name} is no regular file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_hubs(legs: Iterable[RecordedLeg]) -> set[str]:
    """Return the ids of the hubs at the ends of these legs."""
    return {hub_id for leg in legs for hub_id in (leg.profile.origin, leg.profile.destination)}


def read_statistics(lanes: LaneStatisticsStore, legs: Iterable[RecordedLeg]) -> dict[str, Statistic]:
    """Return the stored statistics that predictions of these legs may read. Raises `TransientError`."""
    keys = sorted({key for leg in legs for key in list_keys(leg.profile)})
    return {key: known.statistic for key, known in lanes.read(keys).items()}


def find_imported(lanes: LaneStatisticsStore, content_hash: str) -> ImportedFile | None:
    """Return the earlier import of a file with this content, if there was one. Raises `TransientError`."""
    known = lanes.read([file_key(content_hash)]).get(file_key(content_hash))
    return known.statistic if known is not None and isinstance(known.statistic, ImportedFile) else None


def finish_in_order(statistics: LaneStatistics, legs: Iterable[RecordedLeg]) -> Iterator[FinishedLeg]:
    """Yield the legs in order of arrival, each with its prediction at departure, learning in memory."""
    current: dict[str, Statistic] = dict(statistics)
    predicted: dict[tuple[str, BaseFrom], RatioPrediction] = {}
    # At equal times arrivals come first.
    moments = [(leg.arrived_at, 0, leg.leg_id, leg.profile.base_from, leg) for leg in legs]
    moments += [(leg.departed_at, 1, leg.leg_id, leg.profile.base_from, leg) for leg in legs]
    for _, is_departure, leg_id, base_from, leg in sorted(moments, key=lambda moment: moment[:4]):
        if is_departure:
            predicted[leg_id, base_from] = predict_ratio(current, leg.profile)
            continue
        finished = finish_recorded(leg, predicted.pop((leg_id, base_from)))
        current.update(learn(current, [finished]))
        yield finished


def try_history(statistics: LaneStatistics, legs: Sequence[RecordedLeg]) -> dict[str, Any]:
    """Return by how much the legs improve predictions: of the last fifth, with and without the others.

    Both runs begin with `statistics` and learn the last fifth as it arrives. Figures are given by the source
    of the base minutes, and are None for fewer than 30 legs.
    """
    departures = sorted(leg.departed_at for leg in legs)
    if not departures:
        return {"from": None, "cold": {}, "seeded": {}}
    start = departures[int(len(departures) * (1 - HELD_OUT))]
    held_out = [leg for leg in legs if leg.departed_at >= start]
    runs = {"cold": held_out, "seeded": legs}
    return {"from": start.isoformat()} | {
        name: _score(leg for leg in finish_in_order(statistics, run) if leg.departed_at >= start)
        for name, run in runs.items()
    }


def learn_history(
    lanes: LaneStatisticsStore,
    statistics: LaneStatistics,
    legs: Sequence[RecordedLeg],
    report: Callable[[int], None],
) -> int:
    """Learn the legs into the store; return how many legs were new.

    Legs learned before are left out, so an import that was interrupted can be run again. They do not count in
    the public quality of windows, which nobody was shown. `report` takes the number of legs done. Raises
    `TransientError`.
    """
    finished = [leave_out_windows(leg) for leg in finish_in_order(statistics, legs)]
    learned = 0
    for start in range(0, len(finished), LEGS_PER_STEP):
        learned += learn_legs(lanes, finished[start : start + LEGS_PER_STEP])
        report(min(start + LEGS_PER_STEP, len(finished)))
    return learned


def remember_file(lanes: LaneStatisticsStore, content_hash: str, legs: int) -> None:
    """Remember that a file was imported whole, with the number of its legs that could be learned.

    Raises `TransientError`.
    """
    lanes.put({file_key(content_hash): ImportedFile(imported_legs=legs)})


def _score(finished: Iterable[FinishedLeg]) -> dict[str, dict[str, float | None]]:
    sums: dict[BaseFrom, Sums] = {}
    for leg in finished:
        seen = (observation.sums for observation in list_observations(leg))
        sums[leg.base_from] = reduce(Sums.plus, seen, sums.get(leg.base_from, Sums()))
    described = {SOURCES[base_from]: describe_sums(total) for base_from, total in sorted(sums.items())}
    return {source: {name: figures[name] for name in FIGURES} for source, figures in described.items()}
