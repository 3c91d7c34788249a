"""Replay of a day's public reads through a real HTTP cache, and what share the origin does not see."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from laboratory.claims.http_cache import run_varnish
from laboratory.claims.looks import CachePolicy, Look, count_fetches
from laboratory.local.addresses import LOOPBACK
from tracking.api.public import CACHE_CONTROL

# What the product's header says.
POLICY = CachePolicy(fresh_s=60.0, stale_s=30.0)
READERS = 8
BODY = b'{"status": "out_for_delivery"}'


class Replayed(NamedTuple):
    """Reads of a day, how many of them reached the origin, and how many would by the exact policy.

    `late_s` is by how much the latest read was sent after its time, in seconds of the simulated day.
    """

    reads: int
    fetched: int
    exact: int
    failed: int
    late_s: float

    @property
    def offload(self) -> float:
        """Return the share of the reads that the cache has answered."""
        return 1 - self.fetched / self.reads if self.reads else 0.0

    @property
    def exact_offload(self) -> float:
        """Return the share that a cache answers which keeps to the policy exactly."""
        return 1 - self.exact / self.reads if self.reads else 0.0


class Origin:
    """Server on loopback that answers as the product's public read does, and counts its requests."""

    def __init__(self) -> None:
        origin = self
        self.requests = 0
        self._lock = threading.Lock()

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Answer with the headers of the product."""
                with origin._lock:
                    origin.requests += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(BODY)))
                self.send_header("Cache-Control", CACHE_CONTROL)
                self.end_headers()
                self.wfile.write(BODY)

            def log_message(self, *_args: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Answers)
        self.port = self._server.server_port

    @contextmanager
    def serve(self) -> Iterator["Origin"]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


def replay(looks: Sequence[Look], faster: float) -> Replayed:
    """Send the reads to a cache in front of an origin, `faster` times as fast. Raises `LocalError`."""
    first = looks[0].at if looks else 0.0
    with Origin().serve() as origin, run_varnish(origin.port, faster) as port:
        began_at = time.monotonic()

        def read_all(number: int) -> tuple[int, float]:
            connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
            failed, late_s = 0, 0.0
            # All reads of a shipment are sent by one reader, so that their order is kept.
            for look in looks:
                if hash(look.shipment_id) % READERS != number:
                    continue
                due_at = began_at + (look.at - first) / faster
                time.sleep(max(0.0, due_at - time.monotonic()))
                late_s = max(late_s, (time.monotonic() - due_at) * faster)
                connection.request("GET", f"/tracking/{look.shipment_id}")
                answer = connection.getresponse()
                failed += answer.read() != BODY
            connection.close()
            return failed, late_s

        with ThreadPoolExecutor(READERS) as readers:
            results = list(readers.map(read_all, range(READERS)))
        return Replayed(
            len(looks),
            origin.requests,
            count_fetches(looks, POLICY),
            sum(failed for failed, _ in results),
            max(late_s for _, late_s in results),
        )
