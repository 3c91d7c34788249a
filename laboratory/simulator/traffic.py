"""How long a way takes: lanes with habits of their own, hours of the day, festivals, and a city at a halt."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from laboratory.simulator.chance import Chance, draw_between, open_chance
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.world import Lane, World

# Indian Standard Time is UTC and five and a half hours.
IST_S = 19_800
DAY_S = 86_400.0
# The way from one stop of a tour to the next, with a share of the way out and of lunch.
STOP_WAY_MIN = 2.2


@dataclass(frozen=True)
class Calendar:
    """Local time in the fleet's world; moments are seconds since the start, in epoch seconds `started_at`.

    `shift_s` moves the world's hour of the day against the wall clock, so that a demo at night still finds
    vans on the road.
    """

    started_at: float
    parameters: Parameters
    shift_s: float = 0.0

    def hour(self, moment: float) -> float:
        """The hour of the day, 0 to 24."""
        return self._local(moment) % DAY_S / 3600

    def midnight(self, moment: float) -> float:
        """The moment at which the day of `moment` began."""
        return moment - self._local(moment) % DAY_S

    def day(self, moment: float) -> int:
        """How many midnights have passed since the one before the start."""
        return round((self.midnight(moment) - self.midnight(0.0)) / DAY_S)

    def demand(self, moment: float) -> float:
        """How much more is sent than on an ordinary day."""
        ours = self.parameters
        feast = ours.festival_day <= self.day(moment) < ours.festival_day + ours.festival_days
        return ours.festival_factor if feast else 1.0

    def in_city(self, moment: float) -> float:
        """How much longer a way through a city takes in this hour."""
        hour = self.hour(moment)
        for begins, ends, factor in self.parameters.city_peaks:
            inside = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
            if inside:
                return factor
        return 1.0

    def shocked(self, moment: float) -> bool:
        """Whether the city of the shock stands still."""
        ours = self.parameters
        since = moment - self.midnight(moment) - ours.shock_hour * 3600
        return self.day(moment) == ours.shock_day and 0 <= since < ours.shock_hours * 3600

    def tour_seconds(self, stops: float) -> float:
        """How long a van usually takes for so many stops: the way between two, and the time at the door."""
        ours = self.parameters
        door = ours.service_median_min * math.exp(ours.service_sigma**2 / 2) + ours.cod_share * ours.cod_min
        return stops * (door + STOP_WAY_MIN) * 60

    def expect_tour(self, moment: float) -> float:
        """When a parcel that reaches its last hub at a moment is usually delivered."""
        opens, closes = (hour * 3600 for hour in self.parameters.tour_hours)
        half = self.tour_seconds(sum(self.parameters.tour_stops) / 4)
        since = moment - self.midnight(moment)
        if self.tours_a_day > 1 and opens <= since < closes - 2 * half:
            return moment + 3 * half
        return self.midnight(moment) + opens + (0.0 if since < opens else DAY_S) + half

    @property
    def tours_a_day(self) -> int:
        """How often a van can load between the hours of its tours."""
        opens, closes = self.parameters.tour_hours
        return int((closes - opens) * 3600 / self.tour_seconds(sum(self.parameters.tour_stops) / 2))

    def _local(self, moment: float) -> float:
        return self.started_at + moment + IST_S + self.shift_s


class Traffic:
    """What the roads of one world do to those who drive on them, the same again by its seed."""

    def __init__(self, world: World, calendar: Calendar, seed: int) -> None:
        self.calendar = calendar
        self._parameters = world.parameters
        self._seed = seed
        towns = sorted({hub.town for hub in world.hubs.values()})
        self.shocked_town = towns[int(open_chance(seed, "shock").random() * len(towns))]
        self._town = {hub_id: hub.town for hub_id, hub in world.hubs.items()}
        self._habits: dict[tuple[str, str], float] = {}

    def usual_ratio(self, lane: Lane, origin: str, destination: str) -> float:
        """The middle of actual ÷ free flow on a lane's section, over all hours."""
        ours = self._parameters
        middle = ours.pace_line_haul if lane.vehicle_class == "line_haul" else ours.pace_feeder
        return middle * math.exp(self._habit(origin, destination))

    def usual_seconds(self, lane: Lane) -> float:
        """The middle time of a lane from end to end, with the stops at hubs on the way."""
        sections = list(pairwise(lane.hub_ids))
        ratio = sum(self.usual_ratio(lane, *ends) for ends in sections) / len(sections)
        dwell = dict(self._parameters.hub_dwell_min)[0.5] * 60
        return lane.planned_minutes * 60 * ratio + (len(sections) - 1) * dwell

    def draw_ratio(
        self, chance: Chance, lane: Lane, ends: tuple[str, str], moment: float
    ) -> tuple[float, float]:
        """Actual ÷ free flow for a departure, and the share of it that a breakdown adds on top."""
        ours = self._parameters
        ratio = self.usual_ratio(lane, *ends) * self._at_hour(moment)
        if self.calendar.shocked(moment) and self.shocked_town in (self._town[ends[0]], self._town[ends[1]]):
            ratio /= ours.shock_speed
        fate = chance.random()
        if fate < ours.usual_share:
            return ratio * math.exp(chance.normal(0.0, ours.usual_sigma)), 0.0
        if fate < ours.usual_share + ours.held_up_share:
            return ratio * math.exp(chance.normal(*ours.held_up)), 0.0
        return ratio, ratio * (draw_between(chance, ours.breakdown_factor) - 1)

    def city_speed(self, chance: Chance, town: str, moment: float) -> float:
        """How fast a van gets on in a city, km/h."""
        speed = draw_between(chance, self._parameters.city_kmh) / self.calendar.in_city(moment)
        halted = town == self.shocked_town and self.calendar.shocked(moment)
        return speed * (self._parameters.shock_speed if halted else 1.0)

    def _habit(self, origin: str, destination: str) -> float:
        """What this lane always adds, in logarithms; each way has a habit of its own."""
        if (origin, destination) not in self._habits:
            chance = open_chance(self._seed, "lane", origin, destination)
            faster, slower = self._parameters.lane_sigma
            size = abs(chance.normal())
            self._habits[origin, destination] = size * slower if chance.random() < 0.5 else -size * faster
        return self._habits[origin, destination]

    def _at_hour(self, moment: float) -> float:
        """The hour's part, 1 in the middle of the day's profile."""
        hours, levels = zip(*self._parameters.hour_profile, strict=True)
        return float(np.interp(self.calendar.hour(moment), hours, levels)) / float(np.median(levels))
