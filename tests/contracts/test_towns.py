"""Contract of `TownLocator`, fulfilled by the compiled table and in memory."""

import pytest

from tracking.adapters.memory_towns import MemoryTowns
from workers.places.towns import Towns

# Two towns of one name: in Maharashtra, and in Uttar Pradesh.
AURANGABADS = [(19.87, 75.34), (28.34, 77.86)]
MANDYA = (12.52, 76.9)


@pytest.fixture(params=["memory", "compiled"])
def towns(request):
    return (
        Towns()
        if request.param == "compiled"
        else MemoryTowns({"Mandya": [MANDYA], "Kolar": [(13.14, 78.13)]})
    )


@pytest.mark.parametrize("name", ["Mandya", "mandya", "MANDYA"])
def test_a_town_has_its_position_in_any_case_of_letters(towns, name):
    assert towns.locate(name, (13.0, 77.0)) == pytest.approx(MANDYA, abs=0.03)


@pytest.mark.parametrize("name", ["", "Mandya, Karnataka", "Atlantis"])
def test_anything_else_has_no_position(towns, name):
    assert towns.locate(name, (13.0, 77.0)) is None
