"""Cores of a bench: what is measured has one that nothing else of the bench runs on."""

import os
import subprocess
import sys

from laboratory.bench.machine import ROOT

CHOOSE = """
import os
from laboratory.bench.machine import choose_measured_cores, choose_other_cores, pin
before = choose_measured_cores(), choose_other_cores()
pin(0, choose_other_cores())
assert (choose_measured_cores(), choose_other_cores()) == before
assert before[0] | before[1] == set(map(int, os.environ["CORES"].split()))
assert before[0].isdisjoint(before[1]) or before[0] == before[1] == before[0] | before[1]
"""


def test_a_bench_that_pins_itself_still_leaves_the_measured_core_alone():
    cores = getattr(os, "sched_getaffinity", lambda _: {0})(0)
    environment = {"PYTHONPATH": str(ROOT), "CORES": " ".join(map(str, cores))}
    subprocess.run((sys.executable, "-c", CHOOSE), env=environment, check=True)
