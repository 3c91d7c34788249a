"""Lane statistics for tests of the page on the quality of windows: replayed legs, and drawn deliveries."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec

from laboratory.evaluation.replay import replay
from tests.tracking.eta.test_quality import TOUR
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.legs import FinishedLeg, FirstEstimate
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.leg_files import read_legs

LEGS = Path(__file__).parents[2] / "fixtures" / "legs.csv"
DELIVERIES = 1_400


def fill_quality() -> tuple[MemoryLaneStatisticsStore, datetime]:
    """Return a store that has learned a month of legs and deliveries, and the end of the month."""
    lanes, legs = MemoryLaneStatisticsStore(), read_legs(LEGS)
    replay(lanes, legs)
    end = max(leg.arrived_at for leg in legs)
    draw = Random(7)
    learn_legs(lanes, [draw_delivery(draw, number, end) for number in range(DELIVERIES)])
    return lanes, end


def draw_delivery(draw: Random, number: int, end: datetime) -> FinishedLeg:
    """Return a delivery of the month before `end`, four of five inside their first window."""
    as_of = end - timedelta(minutes=draw.uniform(1_500, 40_000))
    expected = draw.uniform(120, 1_400)
    actual = expected * draw.lognormvariate(0, 0.25)
    width = 0.64 * expected
    middle = as_of + timedelta(minutes=expected)
    first = FirstEstimate(
        from_=middle - timedelta(minutes=width / 2),
        at=middle,
        to=middle + timedelta(minutes=width / 2),
        as_of=as_of,
        promised_to=as_of + timedelta(minutes=1.2 * expected),
        lane_min=expected / 6,
    )
    arrived_at = as_of + timedelta(minutes=actual)
    return msgspec.structs.replace(
        TOUR,
        departed_at=arrived_at - timedelta(minutes=60),
        arrived_at=arrived_at,
        shipment_id=f"S{number}",
        first_estimate=first,
    )
