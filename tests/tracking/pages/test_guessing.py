"""Guessing of secrets: limits for a shipment, a network and over all, by a moved clock."""

import random
from datetime import timedelta
from itertools import count

import pytest
from django.core.cache import cache

from tests.events import at
from tracking.pages.guessing import count_right, count_try, find_network, list_secret_limits
from tracking.pages.page_secret import Secret, is_right_secret

PAGES = 1000
HOURS = 12


@pytest.fixture
def clock(settings, time_machine):
    """Return a function that moves the clock to so many seconds after the start, also for the cache."""
    # Redis, which other tests may have started, has a clock that cannot be moved.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()

    def move(seconds):
        time_machine.move_to(at(0) + timedelta(seconds=seconds), tick=False)

    move(0)
    return move


def try_wrong(subject, address, door="link"):
    """Make a wrong try; return the name of the limit that refused it, or None."""
    refused = count_try(list_secret_limits(door, subject, address))
    return refused and refused.name


def try_right(subject, address, door="link"):
    limits = list_secret_limits(door, subject, address)
    assert count_try(limits) is None
    count_right(limits)


def make_networks():
    """Yield addresses, each of a network of its own."""
    return (f"10.{number // 256}.{number % 256}.7" for number in count())


def test_twelve_hours_of_guessing_from_ever_new_networks_open_none_of_a_thousand_pages(clock):
    chance = random.Random(7)
    secrets = [Secret("phone", f"{chance.randrange(10_000):04}") for _ in range(PAGES)]
    networks, guesses, opened = make_networks(), [0] * PAGES, []
    made = 0
    # Every 30 s a try by link and one by number, each at another page and from a network without tries.
    for second in range(0, HOURS * 3600, 30):
        clock(second)
        for door, page in (("link", second // 30 % PAGES), ("number", (second // 30 + PAGES // 2) % PAGES)):
            if try_wrong(f"page {page}", next(networks), door) is not None:
                continue
            made += 1
            guesses[page] += 1
            if is_right_secret(secrets[page], f"{chance.randrange(10_000):04}"):
                opened.append(page)
    assert opened == []
    assert max(guesses) <= 15
    # In the first minutes of an hour 60 by links and 20 by numbers, and then one in five minutes.
    assert made == HOURS * (60 + 6) + HOURS * (20 + 10)


def test_a_shipment_takes_five_wrong_tries_in_a_quarter_of_an_hour_by_both_doors_and_fifteen_a_day(clock):
    networks = make_networks()
    doors = ["link", "number", "link", "number", "link", "number", "link"]
    assert [try_wrong("123", next(networks), door) for door in doors] == [None] * 5 + ["shipment"] * 2
    clock(899)
    assert try_wrong("123", next(networks)) == "shipment"
    for quarter in (1, 2):
        clock(quarter * 901)
        assert [try_wrong("123", next(networks)) for _ in range(6)] == [None] * 5 + ["shipment"]
    clock(3 * 901)
    assert try_wrong("123", next(networks)) == "day"
    clock(24 * 3600 + 1)
    assert try_wrong("123", next(networks)) is None


def test_people_who_share_a_mobile_address_are_not_locked_out_by_one_wrong_try_of_each(clock):
    assert [try_wrong(f"{n}", "203.0.113.9") for n in range(31)] == [None] * 30 + ["network"]
    clock(901)
    assert try_wrong("31", "203.0.113.9") is None


def test_guesses_at_numbers_do_not_lock_the_links_of_the_same_mobile_address(clock):
    assert [try_wrong(f"{n}", "203.0.113.9", "number") for n in range(11)] == [None] * 10 + ["network"]
    assert try_wrong("mine", "203.0.113.9", "link") is None


def test_a_network_takes_ten_wrong_tries_an_hour_at_all_numbers(clock):
    tries = [try_wrong(f"{n}", f"2001:db8:1:{n:x}::1", "number") for n in range(11)]
    assert tries == [None] * 10 + ["network"]
    assert try_wrong("11", "2001:db8:2::1", "number") is None
    clock(3601)
    assert try_wrong("12", "2001:db8:1::1", "number") is None


@pytest.mark.parametrize(("door", "most"), [("link", 60), ("number", 20)])
def test_over_all_so_many_wrong_tries_an_hour_are_taken_and_then_one_in_five_minutes(clock, door, most):
    networks = make_networks()
    tries = [try_wrong(f"{n}", next(networks), door) for n in range(most + 2)]
    assert tries == [None] * (most + 1) + ["all"]
    # Guessing by numbers does not stop those who have a link, and the reverse.
    assert try_wrong("other", next(networks), {"link": "number", "number": "link"}[door]) is None
    clock(299)
    assert try_wrong("33 again", next(networks), door) == "all"
    clock(301)
    tries = [try_wrong(f"{n} again", next(networks), door) for n in (34, 35)]
    assert tries == [None, "all"]


def test_a_refused_try_uses_up_no_other_limit(clock):
    for _ in range(50):
        try_wrong("123", "192.0.2.1", "number")
    assert [try_wrong(f"{n}", "192.0.2.1", "number") for n in range(6)] == [None] * 5 + ["network"]


def test_a_right_secret_costs_no_try_and_raises_the_limit_of_its_network_once_an_hour(clock):
    for _ in range(20):
        try_right("123", "192.0.2.1", "number")
    assert [try_wrong(f"{n}", "192.0.2.1", "number") for n in range(11)] == [None] * 10 + ["network"]
    clock(3601)
    for number in range(4):
        try_right(f"right {number}", "192.0.2.1", "number")
    tries = [try_wrong(f"{n} again", "192.0.2.1", "number") for n in range(13)]
    assert tries == [None] * 12 + ["network"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_addresses_are_counted_by_their_network(address, network):
    assert find_network(address) == network


def test_texts_that_are_no_address_have_a_hash_of_their_own():
    assert find_network("unix:") != find_network("")
    assert len(find_network("x" * 500)) == 64
