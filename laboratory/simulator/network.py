"""Road network of India: towns joined to their neighbours, and shortest routes between them."""

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree

from laboratory.simulator.world import Point

# The product's file of places; only its data is used, none of its code.
PLACES = Path(__file__).parents[2] / "workers" / "places" / "india.npz"
KM_A_DEGREE = 111.2
# Ratio of real road length to the straight lines from town to town.
WINDING = 1.06
LONGEST_KM = 120.0

Points = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.int64]


class Network:
    """Gabriel graph over towns: two are joined if no third lies in the circle on their connecting line.

    `towns` is degrees, shape (n, 2), (lat, lon).
    """

    def __init__(self, towns: Points) -> None:
        self.towns = towns
        self.pairs = _join_neighbours(_flatten(towns))
        self.lengths_km = _measure(towns[self.pairs[:, 0]], towns[self.pairs[:, 1]]) * WINDING
        short = self.lengths_km <= LONGEST_KM * WINDING
        self.pairs, self.lengths_km = self.pairs[short], self.lengths_km[short]

    def find_route(self, origin: Point, destination: Point) -> tuple[list[Point], float]:
        """Return the points of the shortest route, both ends included, and its length in km.

        Raises `ValueError` if there is none.
        """
        first, last = (self._nearest(point) for point in (origin, destination))
        distances, before = self._find_routes_from(first)
        if not np.isfinite(distances[last]):
            raise ValueError(f"no road leads from {origin} to {destination}")
        towns = [last]
        while towns[-1] != first:
            towns.append(int(before[towns[-1]]))
        route = [(float(lat), float(lon)) for lat, lon in self.towns[towns[::-1]]]
        # The hubs replace the towns nearest to them.
        route = [origin, *route[1:-1], destination]
        ends = np.array(route)
        return route, float(np.sum(_measure(ends[:-1], ends[1:]))) * WINDING

    def _find_routes_from(self, town: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
        if town not in self._routes:
            self._routes[town] = dijkstra(self._graph, directed=False, indices=town, return_predecessors=True)
        return self._routes[town]

    def _nearest(self, point: Point) -> int:
        return int(self._tree.query(_flatten(np.array([point])))[1][0])

    @cached_property
    def _routes(self) -> dict[int, tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]]:
        return {}

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(_flatten(self.towns))

    @cached_property
    def _graph(self) -> coo_array:
        count = len(self.towns)
        return coo_array(
            (self.lengths_km, (self.pairs[:, 0], self.pairs[:, 1])), shape=(count, count)
        ).tocsr()


def load_towns(path: Path = PLACES) -> Points:
    """Load all towns of the places file; degrees (lat, lon), shape (n, 2)."""
    with np.load(path, allow_pickle=False) as places:
        return np.column_stack([places["town_lat_e5"], places["town_lon_e5"]]) / 1e5


def _flatten(points: Points) -> Points:
    """Scale degrees so that a step east is as long as a step north in the middle of India."""
    return points * np.array([1.0, np.cos(np.radians(22.0))])


def _measure(a: Points, b: Points) -> npt.NDArray[np.float64]:
    """Return the straight distances between two arrays of points, in km."""
    shrink = np.cos(np.radians((a[:, 0] + b[:, 0]) / 2))
    return np.hypot(a[:, 0] - b[:, 0], (a[:, 1] - b[:, 1]) * shrink) * KM_A_DEGREE


def _join_neighbours(points: Points) -> Pairs:
    """Return the Gabriel pairs among the edges of a Delaunay triangulation, smaller index first."""
    corners = Delaunay(points).simplices
    edges = np.concatenate([corners[:, [0, 1, 2]], corners[:, [1, 2, 0]], corners[:, [2, 0, 1]]])
    a, b, across = points[edges[:, 0]], points[edges[:, 1]], points[edges[:, 2]]
    # The opposite corner lies in the circle over the edge if its angle to the edge's ends is obtuse.
    blocked = np.sum((a - across) * (b - across), axis=1) < 0
    pairs = np.sort(edges[:, :2], axis=1)
    every = np.unique(pairs, axis=0)
    refused = np.unique(pairs[blocked], axis=0)
    width = len(points)
    kept = ~np.isin(every[:, 0] * width + every[:, 1], refused[:, 0] * width + refused[:, 1])
    return every[kept].astype(np.int64)
