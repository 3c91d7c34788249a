"""Places for attempts: when none can start, and how many an endpoint may have in flight."""

import pytest

from notifications.webhooks.rules.places import Places, find_limit


@pytest.mark.parametrize(
    ("places", "are_taken"),
    [
        (Places(1), False),
        (Places(0), True),
        (Places(0, 5), True),
        (Places(0, 0, frozenset({"whe_1"})), True),
        (Places(0, 1, frozenset({"whe_1"})), False),
    ],
)
def test_slow_places_are_of_use_only_if_an_endpoint_is_slow(places, are_taken):
    assert places.are_taken == are_taken


def test_an_endpoint_has_four_attempts_in_flight_and_one_that_fails_has_one():
    assert [find_limit(is_failing=False), find_limit(is_failing=True)] == [4, 1]
