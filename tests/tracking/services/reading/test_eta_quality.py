"""Quality of windows as it is read: the figures are those of an independent score of the same legs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from laboratory.evaluation.replay import replay
from laboratory.evaluation.scores import score
from tests.events import at
from tests.tracking.eta.test_conformal import LEG
from tests.tracking.eta.test_quality import TOUR
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.eta.conformal import Widening
from tracking.eta.quality import Sums
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.leg_files import read_legs
from tracking.services.reading.eta_quality import (
    HourFigures,
    LengthFigures,
    QualityFigures,
    WeekFigures,
    WindowWidening,
    describe_sums,
    read_eta_quality,
)

LEGS = Path(__file__).parents[3] / "fixtures" / "legs.csv"
LENGTHS = ((0.0, 25.0), (25.0, 60.0), (60.0, 200.0), (200.0, None))
NOTHING = {
    "n": 0,
    "coverage_pct": None,
    "error_min": None,
    "error_pct": None,
    "width_min": None,
    "promised_n": 0,
    "kept_pct": None,
}


def test_the_figures_are_those_of_the_score_of_a_replay_of_the_same_legs():
    lanes, legs = MemoryLaneStatisticsStore(), read_legs(LEGS)
    report = score(replay(lanes, legs))
    last = max(leg.arrived_at for leg in legs)
    quality = read_eta_quality(lanes, last).legs
    assert (quality.total.n, sum(hour.n for hour in quality.by_hour)) == (report["scored"], report["scored"])
    assert [(part.n, part.coverage_pct, part.error_min, part.error_pct) for part in quality.by_length] == [
        (
            part["n"],
            pytest.approx(part["coverage_pct"], abs=0.051),
            pytest.approx(part["mae_min"], abs=0.051),
            pytest.approx(part["wape_pct"], abs=0.051),
        )
        for part in report["by_bucket"]
    ]
    assert quality.total.coverage_pct == pytest.approx(report["coverage_pct"], abs=0.051)


def fill(count: int, **fields) -> MemoryLaneStatisticsStore:
    """Return a store that has learned so many legs, one vehicle each, and as many deliveries."""
    lanes = MemoryLaneStatisticsStore()
    legs = [msgspec.structs.replace(LEG, vehicle_id=f"KA-{n}", **fields) for n in range(count)]
    tours = [msgspec.structs.replace(TOUR, shipment_id=f"S{n}") for n in range(count)]
    learn_legs(lanes, [*legs, *tours])
    return lanes


def test_figures_are_given_from_the_thirtieth_prediction_on():
    few, enough = (read_eta_quality(fill(count), at(600)).deliveries.total for count in (29, 30))
    assert few == QualityFigures(**NOTHING | {"n": 29, "promised_n": 29})
    assert enough == QualityFigures(30, 100.0, 30.0, 5.0, 100.0, 30, 0.0)


def test_a_prediction_is_found_under_its_length_its_hour_and_the_week_of_its_arrival():
    quality = read_eta_quality(fill(30), at(600) + timedelta(weeks=7)).deliveries
    seen = msgspec.structs.asdict(QualityFigures(30, 100.0, 30.0, 5.0, 100.0, 30, 0.0))
    weeks = ["2026-W47", "2026-W48", *(f"2026-W{n}" for n in range(49, 54)), "2027-W01"]
    assert quality.by_length == [
        LengthFigures(**(seen if low == 200.0 else NOTHING), from_min=low, to_min=high)
        for low, high in LENGTHS
    ]
    assert quality.by_hour == [
        HourFigures(**(seen if hour == 10 else NOTHING), hour=hour) for hour in range(24)
    ]
    assert quality.by_week == [
        WeekFigures(**(seen if week == "2026-W47" else NOTHING), week=week) for week in weeks
    ]


def test_an_arrival_of_nine_weeks_ago_is_not_counted_any_more():
    quality = read_eta_quality(fill(30), at(600) + timedelta(weeks=8))
    assert (quality.legs.total.n, quality.deliveries.total.n) == (0, 0)


def test_the_widening_is_the_largest_of_either_source_of_base_minutes_and_of_the_quarters():
    lanes = MemoryLaneStatisticsStore()
    lanes.put(
        {
            "lane#w#p#1": Widening(excess=14.0),
            "lane#w#d#1": Widening(excess=20.0),
            "lane#w#d#3#t0": Widening(excess=12.0),
            "lane#w#p#3#t2": Widening(excess=30.0),
        }
    )
    widened = {1: (10.0, 0.0), 3: (0.0, 20.0)}
    assert read_eta_quality(lanes, at(0)).widening == [
        WindowWidening(low, high, *widened.get(bucket, (0.0, 0.0)))
        for bucket, (low, high) in enumerate(LENGTHS)
    ]


def test_a_store_that_cannot_be_reached_is_an_outage():
    class Lost(MemoryLaneStatisticsStore):
        def read(self, keys):
            raise TransientError("no route")

    with pytest.raises(TransientError):
        read_eta_quality(Lost(), datetime(2026, 11, 22, tzinfo=UTC))


def test_a_share_of_nothing_is_left_out():
    assert describe_sums(Sums(predicted=30.0, inside=21.0))["error_pct"] is None
