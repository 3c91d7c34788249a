"""Distances between points on the map, and driving times on empty roads."""

import math

# Latitude and longitude in degrees.
LatLon = tuple[float, float]

EARTH_KM = 6371.0088
# Road kilometres per straight kilometre, and free-flow speed up to a straight distance: (km, km/h). Rough on
# purpose: the learned travel-time ratios absorb their error.
DETOUR = 1.2
FREE_FLOW_KMH = ((25.0, 65.0), (60.0, 69.0), (200.0, 78.0), (math.inf, 81.0))


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance in kilometres between two points in degrees (haversine formula)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    d_phi, d_lambda = phi_b - phi_a, math.radians(lon_b - lon_a)
    h = math.sin(d_phi / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(d_lambda / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(h, 1.0)))


def free_flow_minutes(km: float) -> float:
    """Return driving minutes on empty roads for a straight distance in kilometres."""
    speed = next(speed for limit, speed in FREE_FLOW_KMH if km < limit)
    return km * DETOUR / speed * 60
