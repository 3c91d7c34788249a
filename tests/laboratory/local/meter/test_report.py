"""Final report of a run: its keys, its percentiles, and when a run counts as clean."""

import pytest

from laboratory.local.meter.audit import EventCounts
from laboratory.local.meter.live_table import LiveFigures, format_line
from laboratory.local.meter.report import MessageCounts, Report, compute_percentiles
from laboratory.local.meter.tables import ChangeCounts

CLEAN = Report(
    events=EventCounts(put=100, recorded=97, quarantined=1, duplicates=2, lost=0),
    changes=ChangeCounts(recorded=40, published=40),
    messages=MessageCounts(delivered=30, delivered_twice=0),
    to_recorded_ms=[100.0, 200.0],
    to_screen_ms=[],
    seconds=60.04,
    vehicles=50,
    shards=2,
)


def test_the_report_has_the_documented_keys():
    assert CLEAN.as_json() == {
        "events": {"put": 100, "recorded": 97, "quarantined": 1, "duplicates": 2, "lost": 0},
        "changes": {"recorded": 40, "published": 40, "delivered": 30, "delivered_twice": 0},
        "latency_ms": {
            "stream_to_recorded": {"p50": 100.0, "p95": 200.0, "p99": 200.0, "max": 200.0},
            "stream_to_screen": {"p50": None, "p95": None, "p99": None, "max": None},
        },
        "seconds": 60.0,
        "vehicles": 50,
        "shards": 2,
    }


@pytest.mark.parametrize(
    ("spoiled", "is_clean"),
    [
        ({}, True),
        ({"events": CLEAN.events._replace(lost=1)}, False),
        ({"messages": MessageCounts(30, delivered_twice=1)}, False),
        ({"changes": ChangeCounts(recorded=40, published=39)}, False),
    ],
    ids=["clean", "lost", "notified twice", "unpublished"],
)
def test_a_run_is_clean_if_nothing_was_lost_or_notified_twice_or_left_unpublished(spoiled, is_clean):
    assert CLEAN._replace(**spoiled).is_clean is is_clean


def test_percentiles_are_measured_values():
    assert compute_percentiles([float(value) for value in range(1, 101)]) == {
        "p50": 50.0,
        "p95": 95.0,
        "p99": 99.0,
        "max": 100.0,
    }


def test_live_figures_are_one_line_without_a_terminal():
    figures = LiveFigures(
        15.2, 536, 531, 1, 4, 250, 181, compute_percentiles([157.0]), compute_percentiles([])
    )
    assert format_line(figures) == (
        "   15 s  put 536  recorded 531  quarantined 1  waiting 4  published 250  notified 181"
        "  recorded p50/p95/p99 157/157/157  screen p50/p95/p99 –/–/– ms"
    )
