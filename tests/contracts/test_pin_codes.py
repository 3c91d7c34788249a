"""Contract of `PinCodeLocator`, fulfilled by the compiled table and in memory."""

import pytest

from tracking.adapters.memory_pincodes import MemoryPinCodes
from workers.places.pincodes import PinCodes

KORAMANGALA = (12.935, 77.62)


@pytest.fixture(params=["memory", "compiled"])
def pin_codes(request):
    return PinCodes() if request.param == "compiled" else MemoryPinCodes({"560034": KORAMANGALA})


def test_a_known_pin_code_lies_in_its_town(pin_codes):
    assert pin_codes.locate("560034") == pytest.approx(KORAMANGALA, abs=0.05)


@pytest.mark.parametrize("pin_code", ["", "56003", "5600345", "000000", "a60034", "५६००३४", " 560034"])
def test_anything_else_has_no_place(pin_codes, pin_code):
    assert pin_codes.locate(pin_code) is None
    assert pin_codes.locate_area(pin_code) is None


def test_the_area_of_a_pin_code_lies_around_its_point(pin_codes):
    area = pin_codes.locate_area("560034")
    assert (area.lat, area.lon) == pin_codes.locate("560034")
    assert 1000 < area.radius_m < 5000
