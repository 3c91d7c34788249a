"""Clock of leases, and the names of their owners."""

import os
import re
import socket
import time

from workers.leases.clock import name_owner, steady_clock


def test_the_clock_goes_on_with_the_time_since_the_machine_was_started():
    before, now, after = time.clock_gettime(time.CLOCK_BOOTTIME), steady_clock(), steady_clock()
    assert before <= now <= after


def test_a_process_is_named_by_host_process_and_chance():
    names = [name_owner(), name_owner()]
    assert [name[:-8] for name in names] == [f"{socket.gethostname()}:{os.getpid()}:"] * 2
    assert all(re.fullmatch("[0-9a-f]{8}", name[-8:]) for name in names)
    assert names[0] != names[1]
