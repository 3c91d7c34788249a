"""Finding free ports, and waiting for a condition."""

import socket
import subprocess
import sys
from subprocess import PIPE

import pytest

from laboratory.local.addresses import LOOPBACK, find_free_port, is_listening, wait_until
from tests.opt_in import only_on_linux


def test_a_preferred_port_is_returned_if_it_is_free():
    port = find_free_port()
    assert (find_free_port(preferred=port), is_listening(port)) == (port, False)


@only_on_linux("a preferred port is merely free at the moment")
def test_of_two_processes_that_start_together_one_gets_the_preferred_port():
    port = find_free_port()
    ask = f"from laboratory.local.addresses import *; print(find_free_port({port}), flush=True); input()"
    command = [sys.executable, "-c", ask]
    both = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(2)]
    got = [process.stdout.readline().strip() for process in both]
    for process in both:
        process.communicate("\n")
    assert (got.count(str(port)), len(set(got))) == (1, 2)
    assert find_free_port(preferred=port) == port


def test_a_port_in_use_is_never_returned():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert is_listening(taken)
        assert find_free_port(preferred=taken) != taken


@only_on_linux("no server can bind to a reserved port")
def test_a_returned_port_stays_reserved_while_its_server_restarts():
    port = find_free_port()
    for _ in range(2):
        with socket.create_server((LOOPBACK, port)) as server, socket.create_connection((LOOPBACK, port)):
            server.accept()[0].close()
        with socket.socket() as stranger, pytest.raises(OSError, match="Address already in use"):
            stranger.bind((LOOPBACK, port))


def test_waiting_ends_when_the_condition_holds_or_on_timeout():
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), timeout_s=5, every_s=0.001)
    assert not wait_until(lambda: False, timeout_s=0.01, every_s=0.001)
