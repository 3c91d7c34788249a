"""PIN codes alone: where one lies, without the rest of the index."""

import numpy as np
import pytest

from laboratory.gazetteer.middles import NOWHERE, find_middles
from workers.places.atlas import COMPILED, load_atlas
from workers.places.packing import unpack
from workers.places.pincodes import PinCodes

codes = PinCodes()


@pytest.mark.slow
def test_the_file_holds_the_points_that_its_own_areas_and_offices_give():
    with np.load(COMPILED, allow_pickle=False) as tables:
        kept = np.stack([unpack(tables[name]) for name in ("middle_lat_e5", "middle_lon_e5")], axis=1)
    assert np.array_equal(kept, np.rint(find_middles(load_atlas()) * 1e5))


@pytest.mark.slow
def test_hardly_a_pin_code_is_nowhere():
    points = find_middles(load_atlas())
    assert np.all(points == NOWHERE, axis=1).mean() < 0.005


@pytest.mark.parametrize("pincode", ["", "999999", "56003", "5600345", "560 34", "abcdef", "٥٦٠٠٣٤"])
def test_what_is_no_pin_code_of_india_is_nowhere(pincode):
    assert codes.locate(pincode) is None


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip"])
def test_without_its_file_every_pin_code_is_nowhere(tmp_path, content):
    file = tmp_path / "india.npz"
    if content is not None:
        file.write_bytes(content)
    assert PinCodes(file).locate("560034") is None
