"""Track of a day as a file: GPX for maps, GeoJSON for programs, CSV for tables."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from tracking.csv_files import format_table
from tracking.domain.events import format_time
from tracking.services.operations.day_tracks import DayTrack, Point

GPX = "http://www.topografix.com/GPX/1/1"


class TrackForm(NamedTuple):
    """Form of a file: its content type, and the function that writes a track with its name."""

    content_type: str
    write: Callable[[str, DayTrack], str]


def write_gpx(name: str, track: DayTrack) -> str:
    """Return the track as GPX 1.1: positions as a track, events as waypoints."""
    marks = "".join(
        f'<wpt lat="{point.lat}" lon="{point.lon}"><time>{format_time(mark.at)}</time>'
        f"<name>{escape(f'{mark.shipment_id} {mark.status}')}</name></wpt>\n"
        for mark in track.marks
        if (point := _find_place(track, mark.at)) is not None
    )
    points = "".join(
        f'<trkpt lat="{point.lat}" lon="{point.lon}"><time>{format_time(point.at)}</time></trkpt>\n'
        for point in track.points
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="SwiftLogix" xmlns="{GPX}">\n'
        f"{marks}<trk><name>{escape(name)}</name><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )


def write_geojson(name: str, track: DayTrack) -> str:
    """Return the track as GeoJSON (RFC 7946): a line, with the time and speed of each position."""
    properties = {
        "name": name,
        "times": [format_time(point.at) for point in track.points],
        "speeds_kmh": [point.speed_kmh for point in track.points],
    }
    line = {"type": "LineString", "coordinates": [[point.lon, point.lat] for point in track.points]}
    # A line has two positions at least.
    geometry = line if len(track.points) > 1 else None
    return json.dumps({"type": "Feature", "geometry": geometry, "properties": properties})


def write_csv(_name: str, track: DayTrack) -> str:
    """Return the positions as CSV, oldest first."""
    rows = [[format_time(point.at), point.lat, point.lon, point.speed_kmh] for point in track.points]
    return format_table(["at", "lat", "lon", "speed_kmh"], rows)


FORMS = {
    "gpx": TrackForm("application/gpx+xml; charset=utf-8", write_gpx),
    "geojson": TrackForm("application/geo+json", write_geojson),
    "csv": TrackForm("text/csv; charset=utf-8", write_csv),
}


def _find_place(track: DayTrack, at: datetime) -> Point | None:
    """Return the newest position until that time; None before the first one."""
    return next((point for point in reversed(track.points) if point.at <= at), None)
