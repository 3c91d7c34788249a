"""Programs that a bench starts can be loaded in a process of their own, where nothing has loaded Django."""

import subprocess
import sys

import pytest

from laboratory.bench.machine import ROOT

FOLDER = ROOT / "laboratory" / "bench"
PROGRAMS = sorted(
    path.stem for path in FOLDER.glob("*.py") if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_a_bench_can_be_loaded_in_a_process_of_its_own(program):
    load = (sys.executable, "-c", f"import laboratory.bench.{program}")
    done = subprocess.run(load, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[-2_000:]) == (0, "")
