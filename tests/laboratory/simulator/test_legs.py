"""Legs of a run: the fixture is reproduced by the simulator, and is distributed like real legs."""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.legs import draw_legs
from laboratory.simulator.nation import load_nation
from tests.laboratory.simulator.drives import ROOT

pytestmark = pytest.mark.slow

FIXTURE = Path(ROOT / "tests" / "fixtures" / "legs.csv")
STARTED_AT = 1_788_719_400.0


@pytest.fixture(scope="module")
def fixture():
    with FIXTURE.open() as file:
        return list(csv.DictReader(file))


def test_the_simulator_reproduces_the_fixture(fixture):
    drawn = draw_legs(load_nation(), FleetOptions(500, seed=1, mode="full"), STARTED_AT, 0.25)
    as_text = [{name: str(value) for name, value in leg.items()} for leg in drawn]
    assert len(as_text) > 20
    assert as_text == fixture[: len(as_text)]


def test_actual_time_is_about_twice_free_flow_with_a_long_tail(fixture):
    ratios = [
        (
            datetime.fromisoformat(leg["arrived_at"]) - datetime.fromisoformat(leg["departed_at"])
        ).total_seconds()
        / 60
        / float(leg["planned_minutes"])
        for leg in fixture
    ]
    p10, p50, p90, p99 = np.percentile(ratios, [10, 50, 90, 99])
    assert 1.2 < p10 < 1.7
    assert 1.8 < p50 < 2.4
    assert 3.2 < p90 < 4.6
    assert p99 > 7


def test_ids_are_unique_and_legs_end_after_they_began(fixture):
    assert len({leg["leg_id"] for leg in fixture}) == len(fixture)
    assert all(leg["arrived_at"] > leg["departed_at"] for leg in fixture)
