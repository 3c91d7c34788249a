"""Simulates a vehicle's device: GPS noise, outages, stuck positions, wrong positions and wrong clocks."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from laboratory.simulator.chance import draw_between, open_chance
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.roads import KM_A_DEGREE, Floats
from laboratory.simulator.traffic import DAY_S

SPIKE, FROZEN, NULL_ISLAND, SWAPPED = "spike", "frozen", "null_island", "swapped"
OFFLINE, DEAD, CLOCK = "offline", "dead", "clock"
DEVICE_FAULTS = frozenset({SPIKE, FROZEN, NULL_ISLAND, SWAPPED, OFFLINE, DEAD, CLOCK})

IST_SKEW_S = 5.5 * 3600
# Times that a device reports after losing its clock: the GPS epoch, or the end of 2035.
WILD_CLOCKS = (315_964_800.0, 2_082_758_399.0)
CLOCK_HOLDS_S = 3600.0


class ObservedFixes(NamedTuple):
    """Positions as a device observes them, one entry per fix; `flaws` is None for a good fix."""

    lat: Floats
    lon: Floats
    accuracy_m: Floats
    flaws: list[str | None]


class Outage(NamedTuple):
    """Outage of a device, and how many buffered records a second it sends afterwards."""

    begins: float
    ends: float
    flush_rate: float


class Device:
    """Device of a vehicle; moments are seconds since the start. Each kind of fault is drawn independently."""

    def __init__(
        self, seed: int, name: str, parameters: Parameters, faults: Collection[str], started_at: float
    ) -> None:
        self._seed, self._name = seed, name
        self._parameters = parameters
        self._faults = faults
        self._started_at = started_at
        self._noise = open_chance(seed, name, "noise")
        self._flaws = open_chance(seed, name, "flaws")
        self.sigma_m = draw_between(self._noise, parameters.gps_sigma_m)
        self._stuck: tuple[int, float, float] = (0, 0.0, 0.0)
        self._days: dict[int, tuple[bool, list[Outage]]] = {}
        self._hours: dict[int, float] = {}
        self._buffers: dict[float, int] = {}

    def observe(self, lat: Floats, lon: Floats) -> ObservedFixes:
        """Return the places as the device observes them, in order of time."""
        parameters, count = self._parameters, len(lat)
        in_canyon = self._noise.random(count) < parameters.canyon_share
        sigma = np.where(in_canyon, parameters.canyon_sigma_m, self.sigma_m)
        north, east = self._noise.standard_normal((2, count)) * sigma / 1000
        noisy_lat = lat + north / KM_A_DEGREE
        noisy_lon = lon + east / (KM_A_DEGREE * np.cos(np.radians(lat)))
        flaws: list[str | None] = [None] * count
        drawn = self._flaws.random(count)
        if self._stuck[0]:
            self._freeze(0, noisy_lat, noisy_lon, flaws)
        for index in np.flatnonzero(drawn < self._any_share):
            self._spoil(int(index), float(drawn[index]), noisy_lat, noisy_lon, flaws)
        return ObservedFixes(noisy_lat, noisy_lon, np.round(1.2 * sigma, 1), flaws)

    def is_dead(self, moment: float) -> bool:
        """Return whether the device sends nothing all day."""
        return DEAD in self._faults and self._plan_day(int(moment // DAY_S))[0]

    def hold(self, moment: float) -> float | None:
        """Return when a report made during an outage is sent, else None.

        Buffers are flushed at a limited rate.
        """
        if OFFLINE not in self._faults:
            return None
        today = int(moment // DAY_S)
        for outage in self._plan_day(today - 1)[1] + self._plan_day(today)[1]:
            if outage.begins <= moment < outage.ends:
                held = self._buffers[outage.ends] = self._buffers.get(outage.ends, 0) + 1
                return outage.ends + min(held, self._parameters.buffer_records) / outage.flush_rate
        return None

    def clock_off(self, moment: float) -> float:
        """Return the seconds by which the device's clock is ahead; negative if it is behind."""
        if CLOCK not in self._faults:
            return 0.0
        hour = int(moment // CLOCK_HOLDS_S)
        if hour not in self._hours:
            self._hours[hour] = self._draw_clock(hour, moment)
        return self._hours[hour]

    @property
    def _any_share(self) -> float:
        parameters = self._parameters
        mean_stuck = sum(parameters.frozen_fixes) / 2
        moved_share = parameters.spike_share + parameters.null_island_share + parameters.swapped_share
        return moved_share + parameters.frozen_share / mean_stuck

    def _spoil(self, index: int, drawn: float, lat: Floats, lon: Floats, flaws: list[str | None]) -> None:
        """Apply a fault to one fix; `drawn` selects which one."""
        parameters = self._parameters
        if drawn < parameters.spike_share:
            reach, turn = draw_between(self._flaws, parameters.spike_km), self._flaws.random() * 2 * np.pi
            if SPIKE in self._faults:
                lat[index] += reach * np.cos(turn) / KM_A_DEGREE
                lon[index] += reach * np.sin(turn) / KM_A_DEGREE
                flaws[index] = SPIKE
        elif drawn < parameters.spike_share + parameters.null_island_share:
            if NULL_ISLAND in self._faults:
                lat[index], lon[index], flaws[index] = 0.0, 0.0, NULL_ISLAND
        elif drawn < parameters.spike_share + parameters.null_island_share + parameters.swapped_share:
            if SWAPPED in self._faults:
                lat[index], lon[index], flaws[index] = lon[index], lat[index], SWAPPED
        else:
            for_fixes = int(draw_between(self._flaws, parameters.frozen_fixes))
            if FROZEN in self._faults and flaws[index] is None:
                self._stuck = for_fixes, float(lat[index]), float(lon[index])
                self._freeze(index, lat, lon, flaws)

    def _freeze(self, start: int, lat: Floats, lon: Floats, flaws: list[str | None]) -> None:
        """Repeat the stuck place from a fix on; what is left of the episode applies to the next call."""
        left, stuck_lat, stuck_lon = self._stuck
        end = min(start + left, len(lat))
        lat[start:end], lon[start:end] = stuck_lat, stuck_lon
        flaws[start:end] = [FROZEN] * (end - start)
        self._stuck = left - (end - start), stuck_lat, stuck_lon

    def _plan_day(self, day: int) -> tuple[bool, list[Outage]]:
        """Return whether the device is dead on a day, and its outages."""
        if day not in self._days:
            parameters = self._parameters
            chance = open_chance(self._seed, self._name, "day", day)
            dead = bool(chance.random() < parameters.dead_a_day)
            outages = []
            for _ in range(int(chance.poisson(parameters.offline_a_day))):
                begins = (day + chance.random()) * DAY_S
                minutes = chance.exponential(parameters.offline_mean_min)
                if chance.random() < parameters.offline_long_share:
                    minutes = draw_between(chance, parameters.offline_long_h) * 60
                rate = draw_between(chance, parameters.flush_rate)
                outages.append(Outage(begins, begins + minutes * 60, rate))
            self._days[day] = dead, outages
        return self._days[day]

    def _draw_clock(self, hour: int, moment: float) -> float:
        parameters = self._parameters
        chance = open_chance(self._seed, self._name, "clock", hour)
        off = float(chance.normal(0.0, parameters.clock_sigma_s))
        drawn, side = chance.random(), 1 if chance.random() < 0.5 else -1
        if drawn < parameters.clock_wild_share:
            return WILD_CLOCKS[side > 0] - self._started_at - moment
        if drawn < parameters.clock_wild_share + parameters.clock_530_share:
            return off + IST_SKEW_S
        if drawn < parameters.clock_wild_share + parameters.clock_530_share + parameters.clock_off_share:
            return side * draw_between(chance, parameters.clock_off_s)
        return off
