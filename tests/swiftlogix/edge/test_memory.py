"""Memory of a real server stays flat under bodies of 100 MB and frames of 16 MB."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from tests.events import make_event
from tests.swiftlogix.edge.wire import Answer, ask, describe_web
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tracking.adapters.dynamodb import DynamoShipmentStore

pytestmark = pytest.mark.slow

SHIPMENT = "MEMORY-1"
PIECE = b"x" * 65536
BODY_BYTES = 100_000_000
FRAME = b"x" * 16_000_000
# Room for pools of threads and buffers of the connections; one body or four frames would exceed it.
ROOM_BYTES = 40 * 1024 * 1024
AT_ONCE = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory, local_aws, local_redis):
    """Start the web role as a process of its own, with a shipment; yield its port and process id."""
    store = DynamoShipmentStore(settings.AWS_NAMES["tracking_table"])
    record_timeline(store, make_event(0, shipment_id=SHIPMENT, status="in_transit"))
    port = find_free_port()
    log = tmp_path_factory.mktemp("web") / "web.log"
    child = start_child(describe_web(port, log))
    child.wait_ready(PATIENCE_S)
    yield port, child.pid
    child.stop()


def read_memory(pid: int) -> tuple[int, int]:
    """Return the memory of a process now and at its peak, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, peak = (int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


def send_pieces():
    """Yield a body of 100 MB in chunks."""
    for _ in range(BODY_BYTES // len(PIECE)):
        yield PIECE


def post_large(port: int, path: str, *, chunked: bool) -> Answer | None:
    """Post 100 MB; None if the server has closed the connection before all of it was sent."""
    length = {} if chunked else {"Content_Length": str(BODY_BYTES // len(PIECE) * len(PIECE))}
    with suppress(ConnectionError):
        return ask(port, "POST", path, send_pieces(), **length)
    return None


def send_frame(port: int) -> bool:
    """Send a frame of 16 MB; return whether the server refuses it, by 1009 or by cutting the line."""
    address = f"ws://127.0.0.1:{port}/ws/track/{SHIPMENT}/?since=1"
    with connect(address, origin="http://127.0.0.1:8000", max_size=None) as opened:
        assert json.loads(opened.recv(timeout=PATIENCE_S))["type"] == "current"
        with suppress(ConnectionClosed):
            opened.send(FRAME)
        with pytest.raises(ConnectionClosed) as closed:
            opened.recv(timeout=PATIENCE_S)
        return closed.value.rcvd is None or closed.value.rcvd.code == 1009


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/shipments/x/proofs"])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_100_mb_leave_memory_flat(server, path, chunked):
    port, pid = server
    assert post_large(port, path, chunked=chunked).status == 413
    before, _ = read_memory(pid)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: post_large(port, path, chunked=chunked), range(3 * AT_ONCE)))
    assert [answer.status for answer in answers] == [413] * len(answers)
    assert read_memory(pid)[1] - before < ROOM_BYTES


def test_frames_of_16_mb_leave_memory_flat(server):
    port, pid = server
    assert send_frame(port)
    before, _ = read_memory(pid)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        refused = list(threads.map(lambda _: send_frame(port), range(5 * AT_ONCE)))
    assert refused == [True] * len(refused)
    assert read_memory(pid)[1] - before < ROOM_BYTES
