"""The report: its keys, its percentiles, and when a run counts as clean."""

import pytest

from laboratory.local.meter.audit import EventCounts
from laboratory.local.meter.live_table import Glance, write_line
from laboratory.local.meter.report import Report, Told, summarise
from laboratory.local.meter.tables import ChangeCounts

CLEAN = Report(
    events=EventCounts(put=100, recorded=97, quarantined=1, duplicates=2, lost=0),
    changes=ChangeCounts(recorded=40, published=40),
    told=Told(delivered=30, delivered_twice=0),
    to_recorded_ms=[100.0, 200.0],
    to_screen_ms=[],
    seconds=60.04,
    vehicles=50,
    shards=2,
)


def test_the_report_has_the_keys_that_are_promised():
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
        ({"told": Told(30, delivered_twice=1)}, False),
        ({"changes": ChangeCounts(recorded=40, published=39)}, False),
    ],
    ids=["clean", "lost", "told twice", "unpublished"],
)
def test_a_run_is_clean_when_nothing_was_lost_told_twice_or_left(spoiled, is_clean):
    assert CLEAN._replace(**spoiled).is_clean is is_clean


def test_percentiles_are_values_that_were_measured():
    assert summarise([float(value) for value in range(1, 101)]) == {
        "p50": 50.0,
        "p95": 95.0,
        "p99": 99.0,
        "max": 100.0,
    }


def test_a_glance_is_one_line_where_nobody_watches():
    glance = Glance(15.2, 536, 531, 1, 4, 250, 181, summarise([157.0]), summarise([]))
    assert write_line(glance) == (
        "   15 s  put 536  recorded 531  quarantined 1  waiting 4  published 250  told 181"
        "  recorded p50/p95/p99 157/157/157  screen p50/p95/p99 –/–/– ms"
    )
