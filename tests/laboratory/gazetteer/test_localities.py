"""Localities from the names of post offices."""

import pytest

from laboratory.gazetteer.localities import Row, clean_name, rank_localities
from laboratory.gazetteer.sources import NamedOffice


@pytest.mark.parametrize(
    ("office", "locality"),
    [
        ("Koramangala S.O", "Koramangala"),
        ("Koramangala SO", "Koramangala"),
        ("New Delhi GPO", "New Delhi"),
        ("BANASHANKARI SO", "Banashankari"),
        ("Jayanagar H.O", "Jayanagar"),
        ("Fort (Chennai) SO", "Fort"),
        ("H.A.L II Stage SO", "H.A.L II Stage"),
        # Numbers, and names that are too long for a map.
        ("Sector 12 SO", ""),
        ("Indian Institute of Science Campus Bangalore SO", ""),
        ("", ""),
    ],
)
def test_a_locality_is_the_name_of_its_office_without_the_kind(office, locality):
    assert clean_name(office) == locality


def test_close_offices_are_one_locality_and_head_offices_come_first():
    offices = [
        NamedOffice("Koramangala VI Block SO", 12.9352, 77.6245, is_head=False),
        NamedOffice("Koramangala SO", 12.9340, 77.6240, is_head=False),
        NamedOffice("Basavanagudi HO", 12.9420, 77.5750, is_head=True),
        NamedOffice("Adugodi SO", 12.9440, 77.6100, is_head=False),
        NamedOffice("Sector 7 SO", 12.80, 77.50, is_head=False),
    ]
    assert rank_localities(offices) == [
        Row("Adugodi", 12.9440, 77.6100, 0),
        Row("Basavanagudi", 12.9420, 77.5750, 0),
        Row("Koramangala", 12.9340, 77.6240, 1),
    ]
    assert rank_localities(offices[::-1]) == rank_localities(offices)
