"""Learning from changes: which of them count in the public quality of windows."""

import msgspec

from tests.events import at
from tests.tracking.eta.test_conformal import LEG
from tests.tracking.eta.test_quality import TOUR
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.events import Change, Facts
from tracking.domain.legs import QuarterPrediction
from tracking.eta.learning import list_touched_keys
from tracking.services.prediction.learning import learn_from_changes

NOTE = QuarterPrediction(
    quarter=1, at=at(200), base_min=130.0, log_ratio=0.7, low_offset=-0.3, high_offset=0.5
)
LEGS = (msgspec.structs.replace(LEG, under_way=(NOTE,)), TOUR)


def learned_keys(*, livemode: bool) -> set[str]:
    lanes = MemoryLaneStatisticsStore()
    changes = [
        Change(
            change_id=f"chg_{number}",
            type="milestone_reached",
            shipment_id="123",
            event_id=f"e{number}",
            sort_key=f"{number}",
            before=Facts(),
            after=Facts(),
            why="arrived",
            occurred_at=at(number),
            received_at=at(number),
            recorded_at=at(number),
            state_version=2,
            livemode=livemode,
            finished_leg=leg,
        )
        for number, leg in enumerate(LEGS)
    ]
    learn_from_changes(lanes, changes)
    return set(lanes.read(sorted({key for leg in LEGS for key in list_touched_keys(leg)})))


def test_legs_in_test_mode_are_learned_and_do_not_count_in_the_public_quality():
    live, test = learned_keys(livemode=True), learned_keys(livemode=False)
    assert live == {key for leg in LEGS for key in list_touched_keys(leg)}
    assert test == {key for key in live if key[5] not in "kw"}
    assert {key[5] for key in live - test} == {"k", "w"}
