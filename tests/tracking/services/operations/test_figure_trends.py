"""Trends of the key figures: samples by the clock, the last six hours, and the same time a week ago."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.environment import NOWHERE
from tests.tracking.services.operations.test_fleet import NOTHING, CountedQuarantine
from tracking.adapters.figure_samples import RedisFigureSamples
from tracking.figure_sample_ports import SLOT_S
from tracking.models import Shipment
from tracking.ports import TrackingPorts
from tracking.services.operations.figure_trends import SHOWN_SLOTS, Trend, read_trends, sample_figures

NOW = datetime(2026, 11, 22, 7, 0, 30, tzinfo=UTC)
SLOT = int(NOW.timestamp()) // SLOT_S
WEEK = 7 * 86400 // SLOT_S


@pytest.mark.django_db
def test_a_sample_holds_the_figures_of_the_whole_fleet(world):
    Shipment.objects.create(shipment_id="SLX-1", status="out_for_delivery")
    wired = TrackingPorts(*world, quarantine=CountedQuarantine())
    sample_figures(wired, NOW)
    figures = NOTHING | {"out_for_delivery": 1, "quarantined": 3}
    assert wired.figure_samples.read([SLOT - 1, SLOT, SLOT + 1]) == {SLOT: figures}


def test_a_trend_has_the_known_values_of_the_last_hours_and_that_of_a_week_ago(world):
    wired = TrackingPorts(*world)
    kept = {
        SLOT - WEEK - 1: {"open_incidents": 4, "on_time_pct": None},
        SLOT - WEEK - 2: {"open_incidents": 5, "on_time_pct": 91.5},
        SLOT - SHOWN_SLOTS: {"open_incidents": 6, "on_time_pct": 92.5},
        SLOT - SHOWN_SLOTS + 1: {"open_incidents": 7, "on_time_pct": 93.5},
        SLOT - 1: {"open_incidents": 8, "on_time_pct": None},
        SLOT: {"open_incidents": 0, "on_time_pct": 95.5},
    }
    for slot, figures in kept.items():
        wired.figure_samples.keep(slot, figures)
    assert read_trends(wired, NOW) == {
        "on_time_pct": Trend(((0, 93.5), (SHOWN_SLOTS - 1, 95.5)), None),
        "open_incidents": Trend(((0, 7), (SHOWN_SLOTS - 2, 8), (SHOWN_SLOTS - 1, 0)), 4),
    }


@pytest.mark.parametrize("minutes", [0, 15])
def test_a_sample_is_of_the_same_time_for_a_quarter_of_an_hour(world, minutes):
    wired = TrackingPorts(*world)
    wired.figure_samples.keep(SLOT - WEEK, {"open_incidents": 4})
    found = read_trends(wired, NOW + timedelta(minutes=minutes))
    assert found == ({} if minutes else {"open_incidents": Trend((), 4)})


def test_samples_that_cannot_be_read_are_no_trends(world):
    away = RedisFigureSamples(f"redis://{NOWHERE}")
    assert read_trends(TrackingPorts(*world, figure_samples=away), NOW) == {}
