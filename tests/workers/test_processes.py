"""Real worker processes: the drain of one, and the takeover from a killed one without a broker."""

import json
import signal
import threading
import time

import pytest
from django.conf import settings

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from laboratory.local.redis_server import describe_redis
from swiftlogix.wiring import wire_workers
from tests.distribution import heavy
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.worker_processes import WorkerProcesses
from tracking.adapters.aws import build_client
from workers.leases.liveness import is_alive

pytestmark = [pytest.mark.slow, heavy]


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """Broker that the test can stop."""
    port = find_free_port()
    child = start_child(describe_redis(tmp_path / "redis", tmp_path / "redis.log", port))
    child.wait_ready(30)
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}")
    yield child
    child.stop()


@pytest.fixture
def life(tmp_path, monkeypatch):
    """Liveness file of the processes."""
    monkeypatch.setenv("LIVENESS_FILE", str(tmp_path / "alive"))
    return tmp_path / "alive"


@pytest.fixture
def workers(local_aws, broker, life, tmp_path):
    workers = WorkerProcesses(tmp_path, wire_workers())
    yield workers
    workers.stop_all()


@pytest.fixture
def traffic(local_aws):
    """Scans for every shard, ten times a second, while the test runs."""
    over = threading.Event()

    def send() -> None:
        kinesis, number = build_client("kinesis", purpose="traffic"), 0
        while not over.wait(0.1):
            records = []
            for key in ("a", "b", "c", "d"):
                number += 1
                scan = {"shipment_id": f"RUN-{key}-{number}", "lat": 12.97, "lon": 77.59}
                records.append({"PartitionKey": key, "Data": json.dumps(scan).encode()})
            kinesis.put_records(StreamName=settings.AWS_NAMES["stream"], Records=records)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(PATIENCE_S)


def test_a_drained_process_hands_over_and_a_killed_one_is_replaced_without_a_broker(
    workers, broker, traffic, life
):
    """Failure matrix: SIGTERM, deploy, scale-in · SIGKILL, OOM, host gone · beat down."""
    first = workers.start()
    workers.wait_until_committed_by(first)
    assert is_alive(life, time.time())
    second = workers.start()
    workers.wait_until_alive(second)

    # A deploy: it ends what it has in hand, owns nothing any more and exits with 0; the other goes on.
    first.process.send_signal(signal.SIGTERM)
    wait_for(lambda: first.exit_code is not None)
    assert (first.exit_code, workers.read_unfinished(first)) == (0, [0])
    assert all(f":{first.process.pid}:" not in (row.owner_id or "") for row in workers.rows())
    workers.wait_until_committed_by(second)

    third = workers.start()
    workers.wait_until_alive(third)

    # No broker, no beat, and the owner is killed.
    broker.stop()
    second.process.send_signal(signal.SIGKILL)
    workers.wait_until_committed_by(third)
