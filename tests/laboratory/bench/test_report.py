"""A report has one shape, says what is void, and draws to the same bytes each time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from laboratory.bench.chart import draw
from laboratory.bench.measure import Rounds
from laboratory.bench.plan import Line, Options, Plan, Quantity, Row, Sample, at_most
from laboratory.bench.report import SCHEMA, make_report, tell
from laboratory.bench.suites import list_benches
from laboratory.bench.tables import replace_tables
from laboratory.management.commands.bench import keep
from tests.house.sources import ROOT

# The report of the storm lies beside them and has a shape of its own.
WRITTEN = sorted(set((ROOT / "docs" / "bench").glob("*.json")) - {ROOT / "docs" / "bench" / "chaos.json"})


def make_plan() -> Plan:
    def nothing(_number: int) -> Sample:
        raise AssertionError("these rounds are made by hand")

    rows = [Row("ours", "ours", "us", nothing), Row("again", "control", "us", nothing)]
    rows.append(Row("peer", "peer", "us", nothing))
    return Plan(
        "worker",
        rows,
        ("ours", "again"),
        ratios=[("ours", "peer")],
        lines=[Line("things", "us", [(1, "ours"), (2, "again"), (9, "peer")])],
        targets=[at_most("worker.rate", "ours", 2.0, "us")],
        config={"stub": "plain"},
        versions={"peers": {"boto3": "1"}},
    )


def make_rounds(void_reason: str | None = None) -> Rounds:
    rounds = Rounds()
    rounds.calibration_us = [100.0, 101.0]
    for number in (1.0, 1.5):
        ours = Sample(
            number,
            {"read": number / 2},
            {"calls": 3},
            {"peak memory": Quantity(70.5, "MB")},
            void_reason,
        )
        rounds.good.append({"ours": ours, "again": Sample(number + 0.1), "peer": Sample(9 * number)})
    return rounds


def report(wanted: int = 2, void_reason: str | None = None) -> dict:
    options = Options(Path("nowhere"), rounds=wanted)
    return make_report(
        make_plan(), options, make_rounds(void_reason), datetime(2026, 11, 25, tzinfo=UTC), (0.5, 1.5)
    )


def test_a_report_has_the_shape_of_its_schema():
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(report())


def test_every_bench_has_its_report_in_the_documents():
    assert [path.stem for path in WRITTEN] == list_benches()


def test_every_report_that_is_kept_has_the_shape_of_its_schema():
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [path.name for path in WRITTEN if not validator.is_valid(json.loads(path.read_text()))] == []


def test_what_was_measured_beside_a_row_becomes_a_row_of_its_own():
    rows = {row["name"]: (row["median"], row["unit"]) for row in report()["rows"]}
    assert rows == {
        "ours": (1.25, "us"),
        "ours: peak memory": (70.5, "MB"),
        "again": (1.35, "us"),
        "peer": (11.25, "us"),
    }


def test_too_few_good_rounds_or_a_void_row_make_the_run_void():
    assert [report()["void_reasons"], report(wanted=3)["void_reasons"]] == [[], ["only 2 good rounds of 3"]]
    assert report(void_reason="rows: 9 and not 10")["void_reasons"] == ["ours: rows: 9 and not 10"]


def test_a_void_run_takes_the_place_of_no_good_one(tmp_path):
    kept = {"out": tmp_path / "worker.json", "chart": None, "tables": None}
    keep(report(), kept)
    good = kept["out"].read_text()
    keep(report(wanted=3), kept)
    assert kept["out"].read_text() == good
    assert [path.name for path in WRITTEN if json.loads(path.read_text())["void_reasons"]] == []


def test_a_report_tells_in_words_what_was_met():
    lines = list(tell(report()))
    assert "met    worker.rate: ours: at most 2 us; got 1.25 (1 to 1.5) us" in lines
    assert "peer costs 9 x ours" in lines


def test_the_same_report_draws_to_the_same_bytes(tmp_path):
    first, second = draw(report(), tmp_path / "a"), draw(report(), tmp_path / "b")
    assert [path.name for path in first] == ["worker.svg", "worker-fits.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_the_charts_in_the_documents_are_those_of_the_reports(path, tmp_path):
    for drawn in draw(json.loads(path.read_text()), tmp_path):
        assert drawn.read_bytes() == (ROOT / "docs" / "img" / drawn.name).read_bytes()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_the_tables_in_the_documents_are_those_of_the_reports(path):
    text = (ROOT / "docs" / "performance.md").read_text()
    assert replace_tables(text, json.loads(path.read_text())) == text


def test_tables_take_the_place_between_the_marks_of_their_bench_and_no_other():
    text = (
        "a\n<!-- bench worker -->\nold\n<!-- end worker -->\nb <!-- bench growth -->kept<!-- end growth -->"
    )
    made = replace_tables(text, report())
    assert made.startswith("a\n<!-- bench worker -->\n\nMeasured 2026-11-25 at commit")
    assert made.endswith("<!-- end worker -->\nb <!-- bench growth -->kept<!-- end growth -->")
    assert "| peer | 11.25 | 9 to 13.5 | us | 9 x ours |" in made
    assert "| beside it (medians) | peak memory, MB |" in made
    assert "| ours | 70.5 |" in made
    assert "proves nothing" not in made
    assert "| `worker.rate` | ours: at most 2 us | 1.25 (1 to 1.5) us | yes |" in made
    assert replace_tables(made, report()) == made
