"""Base of the sockets: clients are asked to spread their reconnects by the number of open sockets."""

import pytest

from tracking.live_consumer import find_reconnect_s


@pytest.mark.parametrize(
    ("sockets", "seconds"), [(0, 1), (1, 1), (200, 1), (201, 2), (5000, 25), (6000, 30), (100_000, 30)]
)
def test_two_hundred_clients_a_second_come_back_and_the_last_after_half_a_minute(sockets, seconds):
    assert find_reconnect_s(sockets) == seconds
