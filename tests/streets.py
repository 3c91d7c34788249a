"""Small archive of streets around Bengaluru, as a carrier cuts one out of the planet."""

from math import asinh, floor, pi, radians, tan
from pathlib import Path
from typing import Any

import mapbox_vector_tile
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

# West, south, east, north.
BOX = (77.4, 12.8, 77.8, 13.2)
ZOOMS = range(6, 13)
EXTENT = 4096
# Every tile shows the same: a lake in its left half, a park, and roads across it.
LAYERS: list[dict[str, Any]] = [
    {
        "name": "earth",
        "features": [
            {"geometry": "POLYGON((0 0,4096 0,4096 4096,0 4096,0 0))", "properties": {"kind": "earth"}}
        ],
    },
    {
        "name": "water",
        "features": [
            {
                "geometry": "POLYGON((0 0,1800 0,1800 4096,0 4096,0 0))",
                "properties": {"kind": "lake", "name": "Ulsoor"},
            }
        ],
    },
    {
        "name": "landuse",
        "features": [
            {
                "geometry": "POLYGON((3000 3000,4000 3000,4000 4000,3000 4000,3000 3000))",
                "properties": {"kind": "park"},
            }
        ],
    },
    {
        "name": "roads",
        "features": [
            {
                "geometry": "LINESTRING(0 2048,4096 2048)",
                "properties": {"kind": "highway", "name": "Outer Ring Road"},
            },
            {
                "geometry": "LINESTRING(2600 0,2600 4096)",
                "properties": {"kind": "major_road", "name": "Hosur Road"},
            },
            {
                "geometry": "LINESTRING(1900 900,4096 900)",
                "properties": {"kind": "minor_road", "name": "1st Cross"},
            },
        ],
    },
    # A border that the product must not draw.
    {
        "name": "boundaries",
        "features": [{"geometry": "LINESTRING(0 0,4096 4096)", "properties": {"kind": "country"}}],
    },
    {
        "name": "places",
        "features": [
            {
                "geometry": "POINT(3200 1400)",
                "properties": {"kind": "neighbourhood", "name": "ಇಂದಿರಾನಗರ", "name:en": "Indiranagar"},
            }
        ],
    },
]


def write_streets(path: Path) -> Path:
    """Write the archive; return its path."""
    tile = mapbox_vector_tile.encode(LAYERS, default_options={"extents": EXTENT})
    with path.open("wb") as file:
        writer = Writer(file)
        for zoom in ZOOMS:
            for x, y in list_tiles(zoom):
                writer.write_tile(zxy_to_tileid(zoom, x, y), tile)
        writer.finalize(
            _describe(), {"vector_layers": [{"id": layer["name"], "fields": {}} for layer in LAYERS]}
        )
    return path


def list_tiles(zoom: int) -> list[tuple[int, int]]:
    """Return the tiles of a zoom that touch the box."""

    def place(lon: float, lat: float) -> tuple[int, int]:
        side = 2**zoom
        return floor((lon + 180) / 360 * side), floor((1 - asinh(tan(radians(lat))) / pi) / 2 * side)

    (left, top), (right, bottom) = place(BOX[0], BOX[3]), place(BOX[2], BOX[1])
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def _describe() -> dict[str, Any]:
    west, south, east, north = (round(edge * 1e7) for edge in BOX)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.NONE,
        "min_zoom": ZOOMS[0],
        "max_zoom": ZOOMS[-1],
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 10,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
