"""What the documents say of the storm is what its report says."""

import json

import pytest

from tests.chaos.table import replace_table
from tests.house.sources import ROOT

REPORT = ROOT / "docs" / "bench" / "chaos.json"
DOCUMENT = ROOT / "docs" / "checkpoint-safety.md"


@pytest.fixture
def report():
    return json.loads(REPORT.read_text())


def test_the_table_in_the_document_is_that_of_the_report(report):
    assert replace_table(DOCUMENT.read_text(), report) == DOCUMENT.read_text()


def test_the_report_that_is_kept_is_of_a_storm_that_broke_nothing(report):
    assert [report[name] for name in ("lost", "duplicate_effects", "order_violations")] == [0, 0, 0]


def test_the_table_takes_the_place_between_its_marks_and_says_what_was_measured(report):
    report |= {
        "kills": 12,
        "recovery_ms": {"p50": 5149, "p99": 6102, "max": 6102},
        "deploy_gap_ms": {"p50": None, "p99": None},
        "broken": ["I1: gone"],
    }
    made = replace_table("a\n<!-- chaos -->\nold\n<!-- end chaos -->\nb", report)
    assert made.startswith(f"a\n<!-- chaos -->\n\nMeasured {report['started_at'][:10]} at commit")
    assert made.endswith("\n\n<!-- end chaos -->\nb")
    assert "With so few kills the 99th percentile is the worst value, and proves little." in made
    assert "\n**Broken: I1: gone**\n" in made
    assert "| recovery after a kill: p50, p99, max | p99 at most 7 s | 5.15 s, 6.10 s, 6.10 s |\n" in made
    assert "| gap of a deploy: p50, p99 | p99 at most 1 s | none, none |\n" in made
    assert replace_table(made, report) == made
