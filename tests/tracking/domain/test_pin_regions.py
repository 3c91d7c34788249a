"""States of PIN codes."""

import pytest
from holidays.countries.india import India

from tracking.domain.calendars import REGIONS
from tracking.domain.pin_regions import find_region


@pytest.mark.parametrize(
    ("pin_code", "region"),
    [
        ("110001", "DL"),
        ("160017", "CH"),
        ("248001", "UK"),
        ("403001", "GA"),
        ("500001", "TS"),
        ("560034", "KA"),
        ("600032", "TN"),
        ("737101", "SK"),
        ("835217", "JH"),
        ("855107", "BR"),
        ("900056", None),
        ("099999", None),
        ("56003", None),
        ("56003a", None),
        ("५६००३४", None),
        (None, None),
    ],
)
def test_a_pin_code_names_its_state(pin_code, region):
    assert find_region(pin_code) == region


def test_the_regions_are_those_with_holidays():
    assert India.subdivisions == REGIONS


def test_every_state_has_holidays_of_its_own():
    found = {find_region(f"{start}001") for start in range(110, 900)}
    assert found - {None} <= set(REGIONS)
    assert len(found - {None}) == 33
