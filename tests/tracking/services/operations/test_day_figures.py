"""Figures of days: which shipments count to a day, by which groups, in which scope, and when again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tracking.models import CountedDay, DayFigures, Shipment
from tracking.services.operations.day_figures import (
    Figures,
    FiguresFilter,
    FiguresRow,
    add_up,
    count_day,
    count_due_days,
    read_figures,
)
from tracking.services.requests.roles import EVERYTHING, Scope

pytestmark = pytest.mark.django_db
# In the middle of the day in India.
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ALL_DAYS = FiguresFilter(TODAY - timedelta(days=30), TODAY)


def end(number=1, status="delivered", minutes_ago=5, **fields) -> None:
    """Store shipments that ended before `NOW`; `late_by` minutes after their promise, if it is given."""
    status_at = NOW - timedelta(minutes=minutes_ago)
    late_by = fields.pop("late_by", None)
    promised_to = None if late_by is None else status_at - timedelta(minutes=late_by)
    for _ in range(number):
        Shipment.objects.create(
            shipment_id=f"s{Shipment.objects.count()}",
            status=status,
            status_at=status_at,
            promised_to=promised_to,
            **fields,
        )


def test_a_day_is_counted_whole():
    end(2, late_by=0, attempts=0, rating=5)
    end(1, late_by=1, attempts=2, rating=2)
    end(1, attempts=None)
    end(1, status="returned", attempts=3)
    end(1, status="out_for_delivery")
    end(1, livemode=False)
    assert count_day(TODAY, NOW)
    expected = Figures(
        delivered=4,
        promised=3,
        on_time=2,
        attempts_known=3,
        first_attempt=2,
        returned=1,
        rated=3,
        rating_sum=12,
    )
    assert read_figures(EVERYTHING, ALL_DAYS, "day") == [FiguresRow((TODAY,), expected)]


def test_a_day_begins_at_midnight_in_india():
    end(2, minutes_ago=12 * 60 + 30)
    end(3, minutes_ago=12 * 60 + 31)
    count_due_days(NOW)
    rows = read_figures(EVERYTHING, ALL_DAYS, "day")
    assert [(row.key, row.figures.delivered) for row in rows] == [
        ((TODAY,), 2),
        ((TODAY - timedelta(days=1),), 3),
    ]


def test_a_second_count_replaces_the_first():
    end(1)
    count_day(TODAY, NOW)
    Shipment.objects.update(status="exception")
    end(2, rating=4)
    count_day(TODAY, NOW + timedelta(minutes=1))
    assert list(DayFigures.objects.values_list("delivered", "rated")) == [(2, 2)]
    assert CountedDay.objects.get().counted_at == NOW + timedelta(minutes=1)


def test_today_is_counted_each_time_and_every_earlier_day_in_thirty_calls():
    calls = [count_due_days(NOW + timedelta(minutes=minute)) for minute in range(30)]
    assert {call[0] for call in calls} == {TODAY}
    earlier = [call[1] for call in calls]
    assert sorted(earlier) == [TODAY - timedelta(days=days) for days in range(30, 0, -1)]
    # From then on the day that was counted longest ago is next.
    assert count_due_days(NOW + timedelta(minutes=30))[1] == earlier[0]


def test_figures_are_added_up_by_hub_lane_and_partner(partner, hubs):
    peenya, koramangala = hubs
    end(3, partner=partner, origin_hub=peenya, destination_hub=koramangala)
    end(1, partner=partner, origin_hub=koramangala, destination_hub=koramangala, status="returned")
    end(2)
    count_day(TODAY, NOW)

    def read(by):
        rows = read_figures(EVERYTHING, ALL_DAYS, by)
        return [(row.key, row.figures.delivered, row.figures.returned) for row in rows]

    assert read("hub") == [(("BLR-KRM",), 3, 1), ((None,), 2, 0)]
    assert read("lane") == [
        (("BLR-PNY", "BLR-KRM"), 3, 0),
        ((None, None), 2, 0),
        (("BLR-KRM", "BLR-KRM"), 0, 1),
    ]
    assert read("partner") == [(("prt_acme", "Acme"), 3, 1), ((None, None), 2, 0)]
    assert add_up(read_figures(EVERYTHING, ALL_DAYS, "lane"))[:1] == (5,)


def test_figures_show_the_scope_and_the_filter(partner, other_partner, hubs):
    peenya, koramangala = hubs
    end(1, partner=partner, origin_hub=peenya, destination_hub=koramangala)
    end(2, partner=other_partner, origin_hub=koramangala, destination_hub=koramangala)
    end(4, minutes_ago=24 * 60, partner=partner, origin_hub=koramangala, destination_hub=peenya)
    count_due_days(NOW)
    for earlier in range(1, 30):
        count_due_days(NOW + timedelta(minutes=earlier))

    def count(scope=EVERYTHING, **wanted):
        return sum(row.figures.delivered for row in read_figures(scope, ALL_DAYS._replace(**wanted), "day"))

    assert count() == 7
    assert count(first=TODAY) == 3
    assert count(partner=partner.pk) == 5
    assert count(hub=peenya.pk) == 5
    assert count(Scope(partners=frozenset([other_partner.pk]))) == 2
    assert count(Scope(hubs=frozenset([peenya.pk]))) == 5
    assert count(Scope(hubs=frozenset([peenya.pk])), partner=other_partner.pk) == 0


def test_a_share_of_fewer_than_thirty_is_none():
    few = Figures(29, 29, 20, 29, 28, 0, 29, 100)
    assert (few.on_time_pct, few.first_attempt_pct, few.returned_pct, few.rating) == (None,) * 4
    enough = Figures(30, 30, 20, 30, 27, 10, 30, 123)
    shares = (enough.on_time_pct, enough.first_attempt_pct, enough.returned_pct, enough.rating)
    assert shares == (66.7, 90.0, 25.0, 4.1)


def test_the_page_reads_sums_and_no_shipment(django_assert_num_queries):
    end(3)
    count_day(TODAY, NOW)
    with django_assert_num_queries(1) as queries:
        read_figures(EVERYTHING, ALL_DAYS, "hub")
    assert "tracking_shipment" not in queries[0]["sql"]
