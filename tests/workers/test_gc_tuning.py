"""A process that reads the stream collects garbage rarely, and still finds cycles."""

import subprocess
import sys

# In a process of its own, since frozen objects stay frozen for all other tests.
PROGRAM = """
import gc, weakref
from workers.gc_tuning import LINE, collect_rarely

class Knot:
    pass

def tie():
    knot = Knot()
    knot.itself = knot
    return weakref.ref(knot)

collect_rarely()
assert gc.get_threshold()[0] == LINE.containers and gc.get_freeze_count() > 0
tied, kept = tie(), [[] for _ in range(LINE.containers // 2)]
assert tied() is not None
kept += [[] for _ in range(LINE.containers)]
assert tied() is None
"""


def test_a_dead_cycle_is_collected_after_many_allocations():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
