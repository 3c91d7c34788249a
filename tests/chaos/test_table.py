"""Documents contain the figures of the committed chaos report."""

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


def test_the_committed_report_has_no_violations(report):
    assert [report[name] for name in ("lost", "duplicate_effects", "order_violations")] == [0, 0, 0]


def test_the_table_replaces_the_text_between_its_marks(report):
    report |= {
        "kills": 12,
        "recovery_ms": {"p50": 5149, "p99": 6102, "max": 6102},
        "deploy_gap_ms": {"p50": None, "p99": None},
        "broken": ["I1: gone"],
    }
    replaced = replace_table("a\n<!-- chaos -->\nold\n<!-- end chaos -->\nb", report)
    assert replaced.startswith(f"a\n<!-- chaos -->\n\nMeasured {report['started_at'][:10]} at commit")
    assert replaced.endswith("\n\n<!-- end chaos -->\nb")
    assert "With so few kills the 99th percentile is the worst value, and proves little." in replaced
    assert "\n**Broken: I1: gone**\n" in replaced
    assert "| recovery after a kill: p50, p99, max | p99 at most 7 s | 5.15 s, 6.10 s, 6.10 s |\n" in replaced
    assert "| gap of a deploy: p50, p99 | p99 at most 1 s | none, none |\n" in replaced
    assert replace_table(replaced, report) == replaced
