"""Several web processes on one port: one that ends is replaced, and SIGTERM lets requests end."""

import os
import signal
import socket
from pathlib import Path

import pytest

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from swiftlogix.web import KEEP_ALIVE_S, make_config
from tests.swiftlogix.edge.wire import ask, describe_web
from tests.waiting import PATIENCE_S, wait_for

PROCESSES = 2


@pytest.fixture
def supervised(tmp_path):
    """Start the web role with two processes; yield its port and the process that started them."""
    port = find_free_port()
    child = start_child(describe_web(port, tmp_path / "web.log", WEB_PROCESSES=str(PROCESSES)))
    child.wait_ready(PATIENCE_S)
    wait_for(lambda: len(list_servers(child.pid)) == PROCESSES)
    yield port, child
    child.stop()


def list_servers(pid):
    """Return the ids of the child processes that serve; another one of multiprocessing tracks resources."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return {child for child, command in commands.items() if b"spawn_main" in command}


@pytest.mark.slow
def test_a_process_that_ends_is_replaced_and_the_port_answers(supervised):
    port, child = supervised
    before = list_servers(child.pid)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: len(list_servers(child.pid) - {killed}) == PROCESSES)
    assert [ask(port, "GET", "/healthz").status for _ in range(10)] == [200] * 10


@pytest.mark.slow
def test_a_request_under_way_at_sigterm_is_answered_and_all_processes_end(supervised):
    port, child = supervised
    servers = list_servers(child.pid)
    head = (
        b"POST /tracking/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(head)
        answers = connection.makefile("rb")
        # The server asks for the body, so the request is under way.
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        answers.readline()
        os.kill(child.pid, signal.SIGTERM)
        wait_for(lambda: not accepts(port))
        connection.sendall(b"ab")
        assert answers.readline() == b"HTTP/1.1 405 Method Not Allowed\r\n"
    assert child.process.wait(PATIENCE_S) == 0
    assert [pid for pid in servers if Path(f"/proc/{pid}").exists()] == []


def accepts(port):
    """Return whether the port accepts a connection and answers on it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def test_connections_are_kept_longer_than_a_balancer_keeps_them():
    assert make_config("127.0.0.1", 0).timeout_keep_alive == KEEP_ALIVE_S > 60
