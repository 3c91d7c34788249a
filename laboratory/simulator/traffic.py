"""Travel times: constant differences between lanes, hours of the day, festivals, and a blocked city."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from laboratory.simulator.chance import Chance, draw_between, open_chance
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.world import Lane, World

# Indian Standard Time is UTC+05:30.
IST_S = 19_800
DAY_S = 86_400.0
# Minutes from one stop of a tour to the next, with a share of the way from the hub and of lunch.
STOP_WAY_MIN = 2.2


@dataclass(frozen=True)
class Calendar:
    """Local time in the simulated world; moments are seconds since the start, `started_at` is epoch seconds.

    `shift_s` moves the world's hour of the day against the wall clock, so that a demo at night has vans on
    the road.
    """

    started_at: float
    parameters: Parameters
    shift_s: float = 0.0

    def hour(self, moment: float) -> float:
        """Return the hour of the day, 0 to 24."""
        return self._local(moment) % DAY_S / 3600

    def midnight(self, moment: float) -> float:
        """Return the moment at which the day of `moment` began."""
        return moment - self._local(moment) % DAY_S

    def day(self, moment: float) -> int:
        """Return the number of midnights since the one before the start."""
        return round((self.midnight(moment) - self.midnight(0.0)) / DAY_S)

    def demand(self, moment: float) -> float:
        """Return the factor by which more parcels are sent than on an ordinary day."""
        parameters = self.parameters
        days_since = self.day(moment) - parameters.festival_day
        is_festival = 0 <= days_since < parameters.festival_days
        return parameters.festival_factor if is_festival else 1.0

    def city_factor(self, moment: float) -> float:
        """Return the factor by which a drive through a city takes longer at this hour."""
        hour = self.hour(moment)
        for begins, ends, factor in self.parameters.city_peaks:
            is_inside = begins <= hour < ends if begins < ends else hour >= begins or hour < ends
            if is_inside:
                return factor
        return 1.0

    def is_shocked(self, moment: float) -> bool:
        """Return whether traffic in the shocked city is blocked."""
        parameters = self.parameters
        since = moment - self.midnight(moment) - parameters.shock_hour * 3600
        return self.day(moment) == parameters.shock_day and 0 <= since < parameters.shock_hours * 3600

    def tour_seconds(self, stops: float) -> float:
        """Return the usual duration of a tour of so many stops: driving between them and time at the door."""
        parameters = self.parameters
        service_min = parameters.service_median_min * math.exp(parameters.service_sigma**2 / 2)
        door = service_min + parameters.cod_share * parameters.cod_min
        return stops * (door + STOP_WAY_MIN) * 60

    def expect_tour(self, moment: float) -> float:
        """Return when a parcel that reaches its last hub at `moment` is usually delivered."""
        opens, closes = (hour * 3600 for hour in self.parameters.tour_hours)
        half = self.tour_seconds(sum(self.parameters.tour_stops) / 4)
        since = moment - self.midnight(moment)
        if self.tours_a_day > 1 and opens <= since < closes - 2 * half:
            return moment + 3 * half
        return self.midnight(moment) + opens + (0.0 if since < opens else DAY_S) + half

    @property
    def tours_a_day(self) -> int:
        """Return how many tours a van can make in a day."""
        opens, closes = self.parameters.tour_hours
        return int((closes - opens) * 3600 / self.tour_seconds(sum(self.parameters.tour_stops) / 2))

    def _local(self, moment: float) -> float:
        return self.started_at + moment + IST_S + self.shift_s


class Traffic:
    """Travel times of one world, repeatable by the seed."""

    def __init__(self, world: World, calendar: Calendar, seed: int) -> None:
        self.calendar = calendar
        self._parameters = world.parameters
        self._seed = seed
        towns = sorted({hub.town for hub in world.hubs.values()})
        self.shocked_town = towns[int(open_chance(seed, "shock").random() * len(towns))]
        self._town = {hub_id: hub.town for hub_id, hub in world.hubs.items()}
        self._lane_offsets: dict[tuple[str, str], float] = {}

    def usual_ratio(self, lane: Lane, origin: str, destination: str) -> float:
        """Return the median ratio of actual to free-flow time on a lane's section, over all hours."""
        parameters = self._parameters
        median = parameters.pace_line_haul if lane.vehicle_class == "line_haul" else parameters.pace_feeder
        return median * math.exp(self._lane_offset(origin, destination))

    def usual_seconds(self, lane: Lane) -> float:
        """Return the median time of a lane from end to end, with stops at the hubs between."""
        sections = list(pairwise(lane.hub_ids))
        ratio = sum(self.usual_ratio(lane, *ends) for ends in sections) / len(sections)
        dwell = dict(self._parameters.hub_dwell_min)[0.5] * 60
        return lane.planned_minutes * 60 * ratio + (len(sections) - 1) * dwell

    def draw_ratio(
        self, chance: Chance, lane: Lane, ends: tuple[str, str], moment: float
    ) -> tuple[float, float]:
        """Draw the ratio of actual to free-flow time for a departure, and the ratio that a breakdown adds."""
        parameters = self._parameters
        ratio = self.usual_ratio(lane, *ends) * self._hour_factor(moment)
        towns = self._town[ends[0]], self._town[ends[1]]
        if self.calendar.is_shocked(moment) and self.shocked_town in towns:
            ratio /= parameters.shock_speed
        drawn = chance.random()
        if drawn < parameters.usual_share:
            return ratio * math.exp(chance.normal(0.0, parameters.usual_sigma)), 0.0
        if drawn < parameters.usual_share + parameters.held_up_share:
            return ratio * math.exp(chance.normal(*parameters.held_up)), 0.0
        return ratio, ratio * (draw_between(chance, parameters.breakdown_factor) - 1)

    def city_speed(self, chance: Chance, town: str, moment: float) -> float:
        """Draw the average speed of a van in a city, km/h."""
        speed = draw_between(chance, self._parameters.city_kmh) / self.calendar.city_factor(moment)
        is_blocked = town == self.shocked_town and self.calendar.is_shocked(moment)
        return speed * (self._parameters.shock_speed if is_blocked else 1.0)

    def _lane_offset(self, origin: str, destination: str) -> float:
        """Return the constant offset of a lane's log ratio; each direction has its own."""
        if (origin, destination) not in self._lane_offsets:
            chance = open_chance(self._seed, "lane", origin, destination)
            faster, slower = self._parameters.lane_sigma
            size = abs(chance.normal())
            offset = size * slower if chance.random() < 0.5 else -size * faster
            self._lane_offsets[origin, destination] = offset
        return self._lane_offsets[origin, destination]

    def _hour_factor(self, moment: float) -> float:
        """Return the factor of the hour, 1 at the median of the day's profile."""
        hours, levels = zip(*self._parameters.hour_profile, strict=True)
        return float(np.interp(self.calendar.hour(moment), hours, levels)) / float(np.median(levels))
