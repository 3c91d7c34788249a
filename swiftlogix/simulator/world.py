"""The world a fleet drives in: hubs, delivery areas and lanes, read from a TOML file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PILOT = Path(__file__).with_name("pilot.toml")
Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """A place parcels go to or come from: a hub, a locality, a doorstep; degrees."""

    name: str
    pin_code: str
    lat: float
    lon: float

    @property
    def point(self) -> Point:
        """(lat, lon) in degrees."""
        return self.lat, self.lon


@dataclass(frozen=True)
class Hub(Spot):
    """A hub of the world; `town` is where a parcel for pickup waits."""

    hub_id: str
    town: str


@dataclass(frozen=True)
class Lane:
    """A road that vehicles drive to and fro: `sections` run from hub to hub, points in degrees."""

    vehicle_class: str
    planned_minutes: float
    hub_ids: tuple[str, ...]
    sections: tuple[tuple[Point, ...], ...]

    @property
    def ends(self) -> tuple[str, str]:
        """The hubs at both ends."""
        return self.hub_ids[0], self.hub_ids[-1]

    def reverse(self) -> "Lane":
        """The same lane driven the other way."""
        return Lane(
            self.vehicle_class,
            self.planned_minutes,
            self.hub_ids[::-1],
            tuple(section[::-1] for section in self.sections[::-1]),
        )


@dataclass(frozen=True)
class World:
    """All places by id; `areas` are the localities that a hub delivers to."""

    hubs: dict[str, Hub]
    areas: dict[str, tuple[Spot, ...]]
    lanes: tuple[Lane, ...]

    def lanes_of(self, vehicle_class: str) -> tuple[Lane, ...]:
        """The lanes that vehicles of a class drive."""
        return tuple(lane for lane in self.lanes if lane.vehicle_class == vehicle_class)

    def neighbours(self, hub_id: str) -> tuple[str, ...]:
        """The hubs at the other end of the lanes that end at a hub."""
        ends = [lane.ends for lane in self.lanes if hub_id in lane.ends]
        return tuple(end[1] if end[0] == hub_id else end[0] for end in ends)


def load_world(path: Path = PILOT) -> World:
    """The world of a TOML file; raises `KeyError` or `tomllib.TOMLDecodeError` for a broken one."""
    with path.open("rb") as file:
        text = tomllib.load(file)
    hubs = {hub["hub_id"]: Hub(**hub) for hub in text["hubs"]}
    areas = {area["hub_id"]: tuple(Spot(**place) for place in area["places"]) for area in text["areas"]}
    return World(hubs, areas, tuple(_read_lane(lane, hubs) for lane in text["lanes"]))


def _read_lane(lane: dict[str, Any], hubs: dict[str, Hub]) -> Lane:
    """The lane with its road cut at every hub where the vehicle stops."""
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
