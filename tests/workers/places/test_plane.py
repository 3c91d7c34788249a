"""Projection: distances on the plane are those on the ground, and its inverse."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.distance import distance_km
from workers.places.plane import project, unproject

latitudes = st.floats(min_value=6, max_value=38)
longitudes = st.floats(min_value=67, max_value=98.5)
steps = st.floats(min_value=-0.35, max_value=0.35)


def measure(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat, lon = np.array([a, b]).T
    x, y, scale = project(lat, lon)
    return float(np.hypot(x[1] - x[0], y[1] - y[0]) / scale[0])


@given(latitudes, longitudes, steps, steps)
def test_a_distance_on_the_plane_is_within_half_a_percent_of_the_ground(lat, lon, north, east):
    there = (lat + north, lon + east)
    on_ground = distance_km(lat, lon, *there)
    assert abs(measure((lat, lon), there) - on_ground) <= 0.005 * on_ground + 1e-6


@given(latitudes, longitudes)
def test_a_projected_point_is_unprojected_to_itself(lat, lon):
    x, y, _ = project(np.array([lat]), np.array([lon]))
    back = unproject(x[0], y[0])
    assert max(abs(back[0] - lat), abs(back[1] - lon)) < 1e-9
