"""Points of PIN codes, without the rest of the index."""

import numpy as np
import pytest

from laboratory.gazetteer.pincode_centers import NO_CENTER, find_pincode_centers
from workers.places.atlas import COMPILED, load_atlas
from workers.places.packing import unpack
from workers.places.pincodes import PinCodes

codes = PinCodes()


@pytest.mark.slow
def test_the_points_of_pin_codes_in_the_file_follow_from_its_areas_and_offices():
    with np.load(COMPILED, allow_pickle=False) as tables:
        kept = np.stack([unpack(tables[name]) for name in ("middle_lat_e5", "middle_lon_e5")], axis=1)
    assert np.array_equal(kept, np.rint(find_pincode_centers(load_atlas()) * 1e5))


@pytest.mark.slow
def test_nearly_every_pin_code_has_a_point():
    points = find_pincode_centers(load_atlas())
    assert np.all(points == NO_CENTER, axis=1).mean() < 0.005


@pytest.mark.parametrize("pincode", ["", "999999", "56003", "5600345", "560 34", "abcdef", "٥٦٠٠٣٤"])
def test_a_text_that_is_no_pin_code_of_india_has_no_point(pincode):
    assert codes.locate(pincode) is None


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip"])
def test_without_its_file_no_pin_code_has_a_point(tmp_path, content):
    file = tmp_path / "india.npz"
    if content is not None:
        file.write_bytes(content)
    assert PinCodes(file).locate("560034") is None
