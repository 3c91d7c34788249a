"""Free ports and who listens on them."""

import socket

import pytest

from laboratory.local.addresses import LOOPBACK, find_free_port, is_listening, wait_until
from tests.opt_in import only_on_linux


def test_a_free_port_is_given_as_preferred():
    port = find_free_port()
    assert (find_free_port(preferred=port), is_listening(port)) == (port, False)


def test_a_taken_port_is_never_given():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert is_listening(taken)
        assert find_free_port(preferred=taken) != taken


@only_on_linux("a server can join no port that is held")
def test_a_port_that_was_given_stays_ours_while_its_server_comes_and_goes():
    port = find_free_port()
    for _ in range(2):
        with socket.create_server((LOOPBACK, port)) as server, socket.create_connection((LOOPBACK, port)):
            server.accept()[0].close()
        with socket.socket() as stranger, pytest.raises(OSError, match="Address already in use"):
            stranger.bind((LOOPBACK, port))


def test_waiting_ends_when_the_condition_holds_or_the_time_is_over():
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), timeout_s=5, every_s=0.001)
    assert not wait_until(lambda: False, timeout_s=0.01, every_s=0.001)
