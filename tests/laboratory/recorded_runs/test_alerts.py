"""Goals of lateness warnings on a small world: four vans for a day, with promises that are often late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laboratory.evaluation.warnings import score_warnings
from laboratory.recorded_runs.hubs import read_hubs
from laboratory.recorded_runs.recording import read_recording
from laboratory.recorded_runs.run_replay import RunReplay
from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.parcels import FALSE_ATTEMPT
from laboratory.simulator.simulation import Options, record_run
from tests.laboratory.simulator.drives import PLAIN, STARTED_AT

pytestmark = pytest.mark.slow

HOUR_S = 3600.0
TIGHT = replace(PLAIN, parameters=PLAIN.parameters.override({"ping_moving_s": 300.0, "promise_factor": 0.95}))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the report on shipments promised from the second hour on, which could be warned in time.

    No attempt is false: the report of one counts as an attempt, and hides that the parcel is late.
    """
    folder = tmp_path_factory.mktemp("day")
    fleet_options = FleetOptions(4, seed=3, hour=8.0, faults=ALL_FAULTS - {FALSE_ATTEMPT})
    record_run(Options(fleet_options, started_at=STARTED_AT, seconds=9 * HOUR_S, world=TIGHT), folder)
    replay = RunReplay(read_hubs())
    replay.replay(read_recording(folder))
    since = datetime.fromtimestamp(STARTED_AT + HOUR_S, UTC)
    return score_warnings([outcome for outcome in replay.collect_outcomes() if outcome.promised_at > since])


def test_many_shipments_are_late_and_many_are_not(report):
    assert report["shipments"] > 120
    assert 0.25 < report["late_share"] < 0.6


def test_there_are_few_notices_and_hardly_ever_more_than_two_per_shipment(report):
    assert report["told_per_shipment"] <= 0.8
    assert report["over_two_pct"] <= 5


def test_most_warnings_are_correct_and_most_late_shipments_are_warned(report):
    assert report["precision"] >= 0.75
    assert report["recall"] >= 0.9


def test_most_warnings_come_half_an_hour_before_the_promise(report):
    assert report["lead_30_pct"] >= 60


def test_the_risk_at_half_way_is_better_than_the_base_rate(report):
    assert report["brier_skill_half_way"] >= 0.33
