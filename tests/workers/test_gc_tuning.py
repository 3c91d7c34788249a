"""A process that moves records looks for garbage rarely, and finds it all the same."""

import subprocess
import sys

# In a process of its own: what is frozen stays so, and would be the other tests' as well.
PROGRAM = """
import gc, weakref
from workers.gc_tuning import CONTAINERS, collect_rarely

class Knot:
    pass

def tie():
    knot = Knot()
    knot.itself = knot
    return weakref.ref(knot)

collect_rarely()
assert gc.get_threshold()[0] == CONTAINERS and gc.get_freeze_count() > 0
tied, kept = tie(), [[] for _ in range(CONTAINERS // 2)]
assert tied() is not None
kept += [[] for _ in range(CONTAINERS)]
assert tied() is None
"""


def test_a_knot_of_dead_objects_is_found_once_much_is_new():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
