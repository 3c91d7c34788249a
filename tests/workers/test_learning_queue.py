"""Statistics learned through the queue `learning` of the local AWS are those of a replay of the same legs."""

import json
import threading

import msgspec
import pytest
from django.conf import settings

from laboratory.evaluation.replay import replay
from tests.events import at
from tests.legs import draw_legs, write_csv
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.world import World
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb_lanes import DynamoLaneStatisticsStore
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.events import Change, Facts
from tracking.eta.lane_keys import list_keys
from tracking.eta.learning import list_touched_keys
from tracking.ports import Lesson
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.leg_files import read_legs
from workers.adapters.sqs import SqsQueues
from workers.consumers.queue_listener import InBatches, run_listener
from workers.leases.workload import StopSignal

pytestmark = pytest.mark.slow


class Recording(MemoryLaneStatisticsStore):
    """Store that records every leg it gets, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.legs_stored = []

    def keep(self, lesson: Lesson):
        self.legs_stored += lesson.legs
        return super().keep(lesson)


@pytest.fixture
def replayed(tmp_path) -> Recording:
    """Replay of random legs, with a class and hubs that no other test uses."""
    rows = draw_legs(seed=11, count=60, lanes=12, days=30)
    for row in rows:
        row |= {name: f"LQ-{row[name]}" for name in ("origin", "destination", "vehicle_class")}
    lanes = Recording()
    replay(lanes, read_legs(write_csv(tmp_path / "legs.csv", rows)))
    return lanes


def envelope(number: int, leg) -> str:
    change = Change(
        change_id=f"chg_{number}",
        type="milestone_reached",
        shipment_id=leg.shipment_id,
        event_id=f"e{number}",
        sort_key=f"{number}",
        before=Facts(),
        after=Facts(),
        why="arrived_hub reported by device",
        occurred_at=at(number),
        received_at=at(number),
        recorded_at=at(number),
        state_version=2,
        finished_leg=leg,
    )
    return json.dumps({"detail": msgspec.to_builtins(change)})


def is_empty(queues: SqsQueues) -> bool:
    (depth,) = queues.read_depths()
    return depth.waiting + depth.in_flight == 0


def test_the_queue_learns_the_same_as_a_replay_though_messages_are_repeated(local_aws, replayed, monkeypatch):
    lanes = DynamoLaneStatisticsStore(settings.AWS_NAMES["tracking_table"])
    queues = SqsQueues({"learning": settings.AWS_NAMES["queues"]["learning"]})
    sqs = build_client("sqs")
    url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"]["learning"])["QueueUrl"]
    shared = {key for leg in replayed.legs_stored for key in list_touched_keys(leg) if key[5] in "gqr"}
    lanes.put(
        {key: known.statistic for key, known in MemoryLaneStatisticsStore().read(sorted(shared)).items()}
    )
    world, stop = World(), threading.Event()
    sqs.purge_queue(QueueUrl=url)

    def take(changes):
        learn_legs(lanes, [change.finished_leg for change in changes])

    run = threading.Thread(
        target=run_listener,
        args=(world.hold(), queues, "learning", InBatches(take), StopSignal(stop)),
        daemon=True,
    )
    run.start()
    for number, leg in enumerate(replayed.legs_stored):
        for _ in range(1 + number % 2):
            sqs.send_message(QueueUrl=url, MessageBody=envelope(number, leg))
    wait_for(lambda: is_empty(queues))
    stop.set()
    run.join(PATIENCE_S)
    own = sorted({key for leg in replayed.legs_stored for key in list_keys(leg.profile) if "LQ-" in key})
    expected = {key: known.statistic for key, known in replayed.read(own).items()}
    assert {key: known.statistic for key, known in lanes.read(own).items()} == expected
    assert len(replayed.legs_stored) == 60
