"""Reports match their schema, say why they are void, and give the same charts and tables every time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from laboratory.bench.chart import draw_charts
from laboratory.bench.plan import Line, Options, Plan, Quantity, Row, Sample, at_most
from laboratory.bench.report import SCHEMA, format_report, make_report
from laboratory.bench.rounds import Rounds
from laboratory.bench.suites import list_benches
from laboratory.bench.tables import replace_tables
from laboratory.management.commands.bench import save_report
from tests.house.sources import ROOT

# The report of the chaos run is in the same folder and has another schema.
# Reports of other programs lie there too.
NO_BENCHES = ("chaos", "game-day")
REPORTS = sorted(path for path in (ROOT / "docs" / "bench").glob("*.json") if path.stem not in NO_BENCHES)


def make_plan() -> Plan:
    def never_measured(_number: int) -> Sample:
        raise AssertionError("this test makes its samples itself")

    rows = [Row("ours", "ours", "us", never_measured), Row("again", "control", "us", never_measured)]
    rows.append(Row("peer", "peer", "us", never_measured))
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


def test_a_report_matches_its_schema():
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(report())


def test_every_bench_has_a_report_in_the_docs():
    assert [path.stem for path in REPORTS] == list_benches()


def test_every_report_in_the_docs_matches_the_schema():
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert [path.name for path in REPORTS if not validator.is_valid(json.loads(path.read_text()))] == []


def test_a_quantity_measured_beside_a_row_becomes_a_row_of_its_own():
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


def test_a_void_run_never_replaces_a_good_report(tmp_path):
    outputs = {"out": tmp_path / "worker.json", "chart": None, "tables": None}
    save_report(report(), outputs)
    good = outputs["out"].read_text()
    save_report(report(wanted=3), outputs)
    assert outputs["out"].read_text() == good
    assert [path.name for path in REPORTS if json.loads(path.read_text())["void_reasons"]] == []


def test_a_report_as_text_names_targets_and_ratios():
    lines = list(format_report(report()))
    assert "met    worker.rate: ours: at most 2 us; got 1.25 (1 to 1.5) us" in lines
    assert "peer costs 9 x ours" in lines


def test_the_same_report_gives_the_same_bytes_of_charts(tmp_path):
    first, second = draw_charts(report(), tmp_path / "a"), draw_charts(report(), tmp_path / "b")
    assert [path.name for path in first] == ["worker.svg", "worker-fits.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_the_charts_in_the_docs_are_those_of_the_reports(path, tmp_path):
    for chart in draw_charts(json.loads(path.read_text()), tmp_path):
        assert chart.read_bytes() == (ROOT / "docs" / "img" / chart.name).read_bytes()


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_the_tables_in_the_docs_are_those_of_the_reports(path):
    text = (ROOT / "docs" / "performance.md").read_text()
    assert replace_tables(text, json.loads(path.read_text())) == text


def test_rows_of_many_parts_are_shown_with_a_line_for_each_part():
    made = report()
    ours, again = made["rows"][0], made["rows"][2]
    ours["phases"] = {f"part {number}": float(number) for number in range(9)}
    made["rows"].append(ours | {"name": "peer", "unit": "s", "phases": {"part 10": 0.25, "part 8": 7.0}})
    again["phases"] = {"part 8": 1.0}
    text = replace_tables("<!-- bench worker --><!-- end worker -->", made)
    assert "| part | ours, us | peer, s |\n|---|---|---|\n| part 0 | 0 |  |\n" in text
    assert "| part 10 |  | 0.25 |\n" in text
    assert "| part 8 | 8 | 7 |\n" in text


def test_tables_replace_only_the_text_between_the_marks_of_their_bench():
    text = (
        "a\n<!-- bench worker -->\nold\n<!-- end worker -->\nb <!-- bench growth -->kept<!-- end growth -->"
    )
    replaced = replace_tables(text, report())
    assert replaced.startswith("a\n<!-- bench worker -->\n\nMeasured 2026-11-25 at commit")
    assert replaced.endswith("<!-- end worker -->\nb <!-- bench growth -->kept<!-- end growth -->")
    assert "| peer | 11.25 | 9 to 13.5 | us | 9 x ours |" in replaced
    assert "| beside it (medians) | peak memory, MB |" in replaced
    assert "| ours | 70.5 |" in replaced
    assert "proves nothing" not in replaced
    assert "| `worker.rate` | ours: at most 2 us | 1.25 (1 to 1.5) us | yes |" in replaced
    assert replace_tables(replaced, report()) == replaced
