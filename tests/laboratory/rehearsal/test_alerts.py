"""The goals of warnings, held on a small world: four vans for a day, with promises that are often broken."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laboratory.evaluation.warnings import score_warnings
from laboratory.rehearsal.hubs import read_hubs
from laboratory.rehearsal.rehearsal import Rehearsal
from laboratory.rehearsal.tape import read_tape
from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import Orders
from laboratory.simulator.simulation import Options, record
from tests.laboratory.simulator.drives import PLAIN, STARTED_AT

pytestmark = pytest.mark.slow

HOUR_S = 3600.0
TIGHT = replace(PLAIN, parameters=PLAIN.parameters.override({"ping_moving_s": 300.0, "promise_factor": 0.95}))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What `delay_report` says of those promised from the second hour on: they could be warned of."""
    folder = tmp_path_factory.mktemp("day")
    orders = Orders(4, seed=3, hour=8.0, faults=ALL_FAULTS)
    record(Options(orders, started_at=STARTED_AT, seconds=9 * HOUR_S, world=TIGHT), folder)
    rehearsal = Rehearsal(read_hubs())
    rehearsal.play(read_tape(folder))
    since = datetime.fromtimestamp(STARTED_AT + HOUR_S, UTC)
    return score_warnings([story for story in rehearsal.tell_stories() if story.promised_at > since])


def test_the_world_is_one_in_which_much_is_late_and_much_is_not(report):
    assert report["shipments"] > 120
    assert 0.25 < report["late_share"] < 0.6


def test_people_are_told_seldom_and_hardly_anybody_more_than_twice(report):
    assert report["told_per_shipment"] <= 0.8
    assert report["over_two_pct"] <= 5


def test_who_is_warned_is_late_and_who_is_late_is_warned(report):
    assert report["precision"] >= 0.75
    assert report["recall"] >= 0.9


def test_most_are_warned_half_an_hour_before_the_promise(report):
    assert report["lead_30_pct"] >= 60


def test_half_way_the_chance_says_more_than_the_share_that_is_late(report):
    assert report["brier_skill_half_way"] >= 0.33
