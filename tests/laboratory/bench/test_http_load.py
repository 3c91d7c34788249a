"""HTTP load: each request is answered once, and its delay counts from when it was due."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from laboratory.bench.http_load import CONNECTIONS, make_request, send_all
from laboratory.bench.web_server import WebServer
from laboratory.local.errors import LocalError


class Recorded(BaseHTTPRequestHandler):
    """Answers 404 to `/missing`, closes the connection at `/lost`, and 200 to any other path."""

    protocol_version = "HTTP/1.1"
    paths: list[str] = []
    everyone_here = threading.Barrier(CONNECTIONS)

    def do_GET(self):
        self.paths.append(self.path)
        if self.path == "/lost":
            self.close_connection = True
            return
        if self.path == "/together":
            self.everyone_here.wait(60)
        body = b"x" * 1000
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    Recorded.paths.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_request_is_sent_and_counted_once_by_its_status(port):
    wanted = [f"/{number}" for number in range(100)] + ["/missing"] * 3
    answers = send_all(port, [make_request(path) for path in wanted])
    assert sorted(Recorded.paths) == sorted(wanted)
    assert (answers.statuses, len(answers.delays_s)) == ({200: 100, 404: 3}, 103)


def test_requests_are_under_way_on_all_connections_at_once(port):
    assert send_all(port, [make_request("/together")] * CONNECTIONS).statuses == {200: CONNECTIONS}


def test_a_closed_connection_is_an_answer_of_status_0(port):
    answers = send_all(port, [make_request("/lost")] + [make_request("/a")] * 20)
    assert answers.statuses == {0: 1, 200: 20}


def test_delays_count_from_when_a_request_was_due(port):
    # All are due at once, so a later answer has a longer delay, also on a connection that has just been free.
    delays = send_all(port, [make_request("/a")] * 400, rate=1e12).delays_s
    assert (len(delays), delays) == (400, sorted(delays))


def test_the_cpu_time_of_a_server_is_read_with_that_of_its_child_processes(tmp_path):
    program = """
import http.server, os, sys
class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sum(range(3_000_000))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Busy)
pid = os.fork()
os.waitpid(pid, 0) if pid else server.serve_forever()
"""
    server = WebServer("busy", (sys.executable, "-c", program, "{port}"), {}, tmp_path / "log", "/")
    before = server.read_cpu_s()
    send_all(server.port, [make_request("/")])
    after = server.read_cpu_s()
    server.stop()
    assert after > before > 0


def test_a_server_that_does_not_start_is_reported_with_its_last_lines(tmp_path):
    with pytest.raises(LocalError, match="no such thing"):
        WebServer("w", (sys.executable, "-c", "raise OSError('no such thing')"), {}, tmp_path / "log", "/")
