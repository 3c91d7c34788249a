"""Simulated world: hubs, delivery areas and lanes, read from a TOML file."""

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from laboratory.simulator.parameters import Parameters

PILOT = Path(__file__).with_name("pilot.toml")
Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Origin or destination of parcels: a hub, a locality or a doorstep; degrees."""

    name: str
    pin_code: str
    lat: float
    lon: float

    @property
    def point(self) -> Point:
        """Return (lat, lon) in degrees."""
        return self.lat, self.lon


@dataclass(frozen=True)
class Hub(Spot):
    """Hub of the world in a town."""

    hub_id: str
    town: str


@dataclass(frozen=True)
class Lane:
    """Road that vehicles drive back and forth: `sections` run from hub to hub, points in degrees."""

    vehicle_class: str
    planned_minutes: float
    hub_ids: tuple[str, ...]
    sections: tuple[tuple[Point, ...], ...]

    @property
    def ends(self) -> tuple[str, str]:
        """Return the hubs at both ends."""
        return self.hub_ids[0], self.hub_ids[-1]

    def reverse(self) -> "Lane":
        """Return the same lane in the opposite direction."""
        return Lane(
            self.vehicle_class,
            self.planned_minutes,
            self.hub_ids[::-1],
            tuple(section[::-1] for section in self.sections[::-1]),
        )


@dataclass(frozen=True)
class World:
    """Hubs by id, lanes, and `areas`: the localities that each hub delivers to."""

    hubs: dict[str, Hub]
    areas: dict[str, tuple[Spot, ...]]
    lanes: tuple[Lane, ...]
    parameters: Parameters = field(default_factory=Parameters)

    @cached_property
    def _by_ends(self) -> dict[tuple[str, str], Lane]:
        both_ways = [way for lane in self.lanes for way in (lane, lane.reverse())]
        # If two lanes join the same hubs, parcels are planned by the first.
        return {lane.ends: lane for lane in reversed(both_ways)}

    def lanes_of(self, vehicle_class: str) -> tuple[Lane, ...]:
        """Return the lanes that vehicles of a class drive."""
        return tuple(lane for lane in self.lanes if lane.vehicle_class == vehicle_class)

    def lane_between(self, origin: str, destination: str) -> Lane:
        """Return the lane from one hub to another, in that direction; raises `KeyError` if there is none."""
        return self._by_ends[origin, destination]

    def neighbours(self, hub_id: str) -> tuple[str, ...]:
        """Return the hubs at the other end of the lanes that end at a hub."""
        ends = [lane.ends for lane in self.lanes if hub_id in lane.ends]
        return tuple(dict.fromkeys(end[1] if end[0] == hub_id else end[0] for end in ends))


def load_world(path: Path = PILOT, overrides: Path | None = None) -> World:
    """Load the world of a TOML file, with the parameters that a second file overrides.

    The second file may also bring hubs, areas and lanes of its own. Raises `ValueError` for a broken file,
    naming it and what is wrong.
    """
    text = read_toml(path)
    if overrides:
        text |= read_toml(overrides)
    try:
        hubs = {hub["hub_id"]: Hub(**hub) for hub in text["hubs"]}
        areas = {area["hub_id"]: tuple(Spot(**place) for place in area["places"]) for area in text["areas"]}
        lanes = tuple(_read_lane(lane, hubs) for lane in text["lanes"])
        parameters = Parameters().override(text.get("parameters", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{overrides or path}: {error}") from error
    return World(hubs, areas, lanes, parameters)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises `ValueError` with its path if it is broken."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _read_lane(lane: dict[str, Any], hubs: dict[str, Hub]) -> Lane:
    """Read a lane and split its road into sections at the hubs where vehicles stop."""
    hub_ids, sections = [lane["origin"]], []
    road: list[Point] = [hubs[lane["origin"]].point]
    for via in [*lane["via"], lane["destination"]]:
        if not isinstance(via, str):
            road.append((via[0], via[1]))
            continue
        sections.append((*road, hubs[via].point))
        hub_ids.append(via)
        road = [hubs[via].point]
    return Lane(lane["vehicle_class"], lane["planned_minutes"], tuple(hub_ids), tuple(sections))
