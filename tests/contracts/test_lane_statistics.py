"""Contract of the port `LaneStatisticsStore`, in memory and on DynamoDB of the local AWS."""

import itertools
import threading

import msgspec
import pytest
from django.conf import settings

from tests.contracts.backends import MEMORY
from tests.events import at
from tests.waiting import PATIENCE_S
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.legs import FinishedLeg, QuarterPrediction
from tracking.eta.conformal import Widening
from tracking.eta.lane_keys import list_keys
from tracking.eta.lanes import (
    ImportedFile,
    LegProfile,
    Level,
    Plan,
    Spread,
    file_key,
    lane_key,
    plan_key,
    predict_ratio,
)
from tracking.eta.learning import learn, list_touched_keys
from tracking.eta.pace import PaceRegression
from tracking.eta.quality import QualityWeek, Sums
from tracking.eta.residuals import prior_residuals
from tracking.ports import Known, LaneStatisticsStore, Learned, Lesson
from tracking.services.prediction.learning import learn_legs

numbers = itertools.count()
MINUTES_OF_A_WEEK = 7 * 1440


@pytest.fixture
def lanes(backend) -> LaneStatisticsStore:
    if backend == MEMORY:
        return MemoryLaneStatisticsStore()
    return DynamoLaneStatisticsStore(settings.AWS_NAMES["tracking_table"])


@pytest.fixture
def leg() -> FinishedLeg:
    """Leg whose statistics belong to one test: class, ends, source of base minutes and week are unique."""
    number = next(numbers)
    own, start = f"X{number}", number * MINUTES_OF_A_WEEK
    run = LegProfile(f"{own}-A", f"{own}-B", f"{own}-truck", own, 240.0)
    pace = predict_ratio({}, run)
    return FinishedLeg(
        origin=run.origin,
        destination=run.destination,
        vehicle_class=run.vehicle_class,
        base_from=run.base_from,
        base_min=run.base_min,
        departed_at=at(start),
        arrived_at=at(start + 487.3),
        log_ratio=pace.log_ratio,
        spread_key=pace.spread_key,
        low_offset=pace.low_offset,
        high_offset=pace.high_offset,
        vehicle_id="KA-01",
        under_way=(
            QuarterPrediction(
                quarter=1,
                at=at(start + 200),
                base_min=130.0,
                log_ratio=0.71,
                low_offset=-0.3,
                high_offset=0.5,
            ),
        ),
    )


def read_all(lanes: LaneStatisticsStore, leg: FinishedLeg) -> dict:
    keys = sorted({*list_keys(leg.profile), *list_touched_keys(leg)})
    return {key: known.statistic for key, known in lanes.read(keys).items()}


def test_statistics_are_read_back_to_the_last_digit(lanes, leg):
    key = lane_key(leg.profile)
    kept = {
        f"{key}-level": Level(mean_log=1 / 3, count=7.0),
        f"{key}-spread": Spread(low_offset=-0.1 / 3, high_offset=2 / 7),
        f"{key}-spread-of-7": Spread(low_offset=-0.1 / 3, high_offset=2 / 7, count=7.0),
        f"{key}-residuals": prior_residuals().add(0.3),
        f"{key}-pace": PaceRegression().add(1 / 7, 1 / 3),
        plan_key(leg.origin, leg.destination): Plan(planned_minutes=95.5),
        f"{key}-widening": Widening(excess=1 / 7, count=12.0),
        f"{key}-week": QualityWeek().add(23, Sums(1.0, 0.0, 10 / 3, 100 / 7, 0.1)),
        file_key(f"{key}-file"): ImportedFile(imported_legs=4012),
    }
    lanes.put(kept)
    assert lanes.read([*kept, f"{key}-nobody"]) == {name: Known(one, 1) for name, one in kept.items()}


def test_a_statistic_that_is_put_again_continues_its_version(lanes, leg):
    key = plan_key(leg.origin, leg.destination)
    lanes.put({key: Plan(planned_minutes=90)})
    lanes.put({key: Plan(planned_minutes=95)})
    assert lanes.read([key]) == {key: Known(Plan(planned_minutes=95), 2)}


def test_more_keys_than_one_call_takes_are_all_read(lanes, leg):
    kept = {f"{lane_key(leg.profile)}-{n}": Level(mean_log=0.5, count=1.0) for n in range(230)}
    lanes.put(kept)
    assert len(lanes.read(list(kept))) == 230


def test_a_leg_counts_once_however_often_it_is_sent(lanes, leg):
    assert [learn_legs(lanes, [leg]) for _ in range(3)] == [1, 0, 0]
    assert read_all(lanes, leg) == learn({}, [leg])


def test_ninety_parcels_of_one_truck_count_as_one_leg(lanes, leg):
    parcels = [msgspec.structs.replace(leg, shipment_id=f"S{n}") for n in range(90)]
    assert sum(learn_legs(lanes, parcels[n : n + 10]) for n in range(0, 90, 10)) == 1
    assert read_all(lanes, leg) == learn({}, [leg])


def test_a_leg_stored_before_is_left_out_and_the_others_are_learned(lanes, leg):
    second = msgspec.structs.replace(leg, departed_at=at(1000), arrived_at=at(1400))
    learn_legs(lanes, [leg])
    assert learn_legs(lanes, [leg, second]) == 1
    assert read_all(lanes, leg)[lane_key(leg.profile)].count == 2


def test_a_lesson_on_old_versions_is_refused_as_a_whole(lanes, leg):
    second = msgspec.structs.replace(leg, departed_at=at(1000), arrived_at=at(1400))
    learn_legs(lanes, [leg])
    assert lanes.keep(Lesson([second], learn({}, [second]), {})) == Learned(kept=False)
    assert read_all(lanes, leg) == learn({}, [leg])
    assert learn_legs(lanes, [second]) == 1


def test_a_listener_killed_between_read_and_write_has_learned_nothing_and_the_next_one_learns(lanes, leg):
    class Killed(BaseException):
        pass

    class DiesBeforeWriting:
        read = staticmethod(lanes.read)

        def keep(self, lesson):
            raise Killed

    with pytest.raises(Killed):
        learn_legs(DiesBeforeWriting(), [leg])
    assert read_all(lanes, leg) == {}
    assert [learn_legs(lanes, [leg]), learn_legs(lanes, [leg])] == [1, 0]
    assert read_all(lanes, leg) == learn({}, [leg])


def test_a_listener_killed_after_the_write_has_learned_and_the_next_one_adds_nothing(lanes, leg):
    class Killed(BaseException):
        pass

    class DiesAfterWriting:
        read = staticmethod(lanes.read)

        def keep(self, lesson):
            lanes.keep(lesson)
            raise Killed

    with pytest.raises(Killed):
        learn_legs(DiesAfterWriting(), [leg])
    assert learn_legs(lanes, [leg]) == 0
    assert read_all(lanes, leg) == learn({}, [leg])


def test_several_listeners_at_once_lose_no_leg_and_count_none_twice(lanes, leg):
    legs = [
        msgspec.structs.replace(leg, departed_at=at(60 * n), arrived_at=at(60 * n + 400)) for n in range(12)
    ]
    taught = []

    def teach(part):
        taught.append(sum(learn_legs(lanes, [one]) for one in part))

    threads = [threading.Thread(target=teach, args=(legs[start:] + legs[:start],)) for start in (0, 4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sum(taught) == 12
    assert read_all(lanes, leg)[lane_key(leg.profile)].count == 12


def test_legs_without_anything_to_learn_are_left_out(lanes, leg):
    short = msgspec.structs.replace(leg, arrived_at=at(2))
    assert (learn_legs(lanes, [short]), read_all(lanes, leg)) == (0, {})
