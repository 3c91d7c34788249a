"""The bench of enrich answers every scan and point it measures, and reports like the others."""

import json
import os
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from laboratory.bench.measure import Rounds
from laboratory.bench.plan import Options
from laboratory.bench.report import SCHEMA, make_report
from laboratory.bench.suites import find_bench

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    options = Options(tmp_path_factory.mktemp("enrich"), rounds=1, quick=True)
    rounds = Rounds()
    rounds.calibration_us = [1.0]
    with find_bench("enrich")(options) as plan:
        rounds.good.append({row.name: row.measure(1) for row in plan.rows})
        return make_report(plan, options, rounds, datetime(2026, 11, 25, tzinfo=UTC), (0.5, 0.5))


def test_its_report_has_the_shape_of_the_schema_and_no_row_left_anything_unanswered(report):
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(report)
    assert report["void_reasons"] == []


def test_it_judges_the_whole_step_the_window_and_the_three_ways_of_naming_a_place(report):
    assert [target["id"] for target in report["targets"]] == [
        "enrich.whole",
        "enrich.eta",
        "enrich.places.batch",
        "enrich.places.hit",
        "enrich.places.miss",
    ]


def test_each_part_costs_something(report):
    assert [row["name"] for row in report["rows"] if row["median"] <= 0] == []


def test_it_leaves_the_process_on_the_cores_it_found_it_on(report):
    assert report["machine"]["pinned_cores"] == [min(os.sched_getaffinity(0))]
