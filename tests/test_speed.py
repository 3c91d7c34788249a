"""Speed of some parts in CPU seconds of this machine; only `make test-speed` runs these tests."""

import json
import subprocess
import sys
from collections.abc import Callable
from time import process_time

from django.core.management import call_command

from laboratory.simulator.faults import ALL_FAULTS, FaultyUplink
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT, drive, reports_of
from tests.legs import draw_legs, write_csv
from tests.opt_in import only_with
from tracking.domain.geofence import make_geofence
from workers.places.fences import GeofenceIndex

pytestmark = only_with("SPEED", "make test-speed")


def cost_s(work: Callable[[], object], times: int = 1) -> float:
    """Measure the CPU seconds of the best of so many runs, so that other load counts little."""
    costs = []
    for _ in range(times):
        began = process_time()
        work()
        costs.append(process_time() - began)
    return min(costs)


def test_a_core_simulates_five_thousand_events_a_second():
    written: list[int] = []

    def simulate() -> None:
        # A fleet reads its first minute in advance, which would dominate the time of a shorter drive.
        reports = reports_of(drive(100, rate=1000.0, world=LIVELY, payload=None, faults=ALL_FAULTS))
        way = FaultyUplink(ALL_FAULTS, 1, STARTED_AT)
        written.append(sum(len(way.send(report)) for report in reports))

    took_s = cost_s(simulate)
    assert written[0] > 90_000
    assert written[0] / took_s > 5_000


def test_ten_thousand_legs_are_replayed_in_under_thirty_seconds(tmp_path, capsys):
    file = write_csv(tmp_path / "legs.csv", draw_legs(seed=2, count=10_000))
    assert cost_s(lambda: call_command("replay_legs", file, "--json")) < 30
    assert json.loads(capsys.readouterr().out)["legs"] == 10_000


def test_the_file_of_places_loads_in_under_three_seconds():
    code = (
        "import sys, time; started = time.process_time();"
        "from workers.places.index import OfflinePlaces;"
        "OfflinePlaces().locate([(12.9716, 77.5946)]);"
        "sys.stdout.write(str(time.process_time() - started))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 3


def test_a_lookup_of_geofences_takes_less_than_five_microseconds():
    fences = [
        make_geofence("BLR", "hub", 12.9716, 77.5946, "Bengaluru hub"),
        make_geofence("DS1", "dark_store", 12.9352, 77.6245),
    ]
    index = GeofenceIndex(lambda: fences)

    def look_up() -> None:
        for _ in range(2_000):
            index.find_near(12.9716, 77.5946)

    assert cost_s(look_up, times=5) / 2_000 < 5e-6
