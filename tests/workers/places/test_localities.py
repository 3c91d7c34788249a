"""Localities of the hubs' cities, from the compiled file."""

import pytest

from workers.places.localities import Localities

BENGALURU, CHENNAI = (12.972, 77.594), (13.088, 80.278)


def test_localities_near_a_city_are_found_with_their_points_main_ones_first():
    found = Localities().find_near([BENGALURU], 18.0)
    by_name = {row.name: row for row in found}
    assert {"Koramangala", "Jayanagar", "Malleswaram", "Whitefield"} <= by_name.keys()
    assert (by_name["Koramangala"].lat, by_name["Koramangala"].lon) == pytest.approx(
        (12.935, 77.62), abs=0.02
    )
    ranks = [row.rank for row in found]
    assert (ranks == sorted(ranks), set(ranks)) == (True, {0, 1})


def test_several_points_give_each_locality_once():
    localities = Localities()
    both = localities.find_near([BENGALURU, CHENNAI, BENGALURU], 10.0)
    apart = [*localities.find_near([BENGALURU], 10.0), *localities.find_near([CHENNAI], 10.0)]
    assert sorted(both) == sorted(apart)
    assert localities.find_near([], 10.0) == []


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip"])
def test_without_its_file_there_is_no_locality(tmp_path, content):
    file = tmp_path / "localities.npz"
    if content is not None:
        file.write_bytes(content)
    assert Localities(file).find_near([BENGALURU], 18.0) == []
