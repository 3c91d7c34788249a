"""A vehicle's device as it really is: noisy, at times out of reach, stuck, or wrong about place and time."""

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
# A device that has lost its time says it is at the beginning of GPS, or at the end of 32 bits.
WILD_CLOCKS = (315_964_800.0, 2_082_758_399.0)
CLOCK_HOLDS_S = 3600.0


class Sight(NamedTuple):
    """What a device makes of a stretch of places, one entry per fix; `flaws` holds None where all is well."""

    lat: Floats
    lon: Floats
    accuracy_m: Floats
    flaws: list[str | None]


class Gap(NamedTuple):
    """From when to when a device is out of reach, and how many records a second it sends afterwards."""

    begins: float
    ends: float
    flush_rate: float


class Device:
    """One device; moments are seconds since the start. Each kind of fault has chances of its own."""

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
        self._days: dict[int, tuple[bool, list[Gap]]] = {}
        self._hours: dict[int, float] = {}
        self._buffers: dict[float, int] = {}

    def observe(self, lat: Floats, lon: Floats) -> Sight:
        """The places as the device sees them, in order of time."""
        ours, count = self._parameters, len(lat)
        canyon = self._noise.random(count) < ours.canyon_share
        sigma = np.where(canyon, ours.canyon_sigma_m, self.sigma_m)
        north, east = self._noise.standard_normal((2, count)) * sigma / 1000
        seen_lat = lat + north / KM_A_DEGREE
        seen_lon = lon + east / (KM_A_DEGREE * np.cos(np.radians(lat)))
        flaws: list[str | None] = [None] * count
        dice = self._flaws.random(count)
        if self._stuck[0]:
            self._freeze(0, seen_lat, seen_lon, flaws)
        for index in np.flatnonzero(dice < self._any_share):
            self._spoil(int(index), float(dice[index]), seen_lat, seen_lon, flaws)
        return Sight(seen_lat, seen_lon, np.round(1.2 * sigma, 1), flaws)

    def is_dead(self, moment: float) -> bool:
        """Whether the device says nothing all day."""
        return DEAD in self._faults and self._plan_day(int(moment // DAY_S))[0]

    def hold(self, moment: float) -> float | None:
        """When a report made out of reach is sent, else None; a flushed buffer comes at a rate of its own."""
        if OFFLINE not in self._faults:
            return None
        today = int(moment // DAY_S)
        for gap in self._plan_day(today - 1)[1] + self._plan_day(today)[1]:
            if gap.begins <= moment < gap.ends:
                held = self._buffers[gap.ends] = self._buffers.get(gap.ends, 0) + 1
                return gap.ends + min(held, self._parameters.buffer_records) / gap.flush_rate
        return None

    def clock_off(self, moment: float) -> float:
        """How many seconds the device's clock is ahead; negative when it is behind."""
        if CLOCK not in self._faults:
            return 0.0
        hour = int(moment // CLOCK_HOLDS_S)
        if hour not in self._hours:
            self._hours[hour] = self._draw_clock(hour, moment)
        return self._hours[hour]

    @property
    def _any_share(self) -> float:
        ours = self._parameters
        mean_stuck = sum(ours.frozen_fixes) / 2
        return ours.spike_share + ours.null_island_share + ours.swapped_share + ours.frozen_share / mean_stuck

    def _spoil(self, index: int, dice: float, lat: Floats, lon: Floats, flaws: list[str | None]) -> None:
        """One fix gone wrong: the die says by which fault."""
        ours = self._parameters
        if dice < ours.spike_share:
            reach, turn = draw_between(self._flaws, ours.spike_km), self._flaws.random() * 2 * np.pi
            if SPIKE in self._faults:
                lat[index] += reach * np.cos(turn) / KM_A_DEGREE
                lon[index] += reach * np.sin(turn) / KM_A_DEGREE
                flaws[index] = SPIKE
        elif dice < ours.spike_share + ours.null_island_share:
            if NULL_ISLAND in self._faults:
                lat[index], lon[index], flaws[index] = 0.0, 0.0, NULL_ISLAND
        elif dice < ours.spike_share + ours.null_island_share + ours.swapped_share:
            if SWAPPED in self._faults:
                lat[index], lon[index], flaws[index] = lon[index], lat[index], SWAPPED
        else:
            for_fixes = int(draw_between(self._flaws, ours.frozen_fixes))
            if FROZEN in self._faults and flaws[index] is None:
                self._stuck = for_fixes, float(lat[index]), float(lon[index])
                self._freeze(index, lat, lon, flaws)

    def _freeze(self, start: int, lat: Floats, lon: Floats, flaws: list[str | None]) -> None:
        """From a fix on, the device repeats one place; the rest of the episode strikes the next stretch."""
        left, stuck_lat, stuck_lon = self._stuck
        end = min(start + left, len(lat))
        lat[start:end], lon[start:end] = stuck_lat, stuck_lon
        flaws[start:end] = [FROZEN] * (end - start)
        self._stuck = left - (end - start), stuck_lat, stuck_lon

    def _plan_day(self, day: int) -> tuple[bool, list[Gap]]:
        """Whether the device is dead on a day, and from when to when it is out of reach."""
        if day not in self._days:
            ours = self._parameters
            chance = open_chance(self._seed, self._name, "day", day)
            dead = bool(chance.random() < ours.dead_a_day)
            gaps = []
            for _ in range(int(chance.poisson(ours.offline_a_day))):
                begins = (day + chance.random()) * DAY_S
                minutes = chance.exponential(ours.offline_mean_min)
                if chance.random() < ours.offline_long_share:
                    minutes = draw_between(chance, ours.offline_long_h) * 60
                gaps.append(Gap(begins, begins + minutes * 60, draw_between(chance, ours.flush_rate)))
            self._days[day] = dead, gaps
        return self._days[day]

    def _draw_clock(self, hour: int, moment: float) -> float:
        ours = self._parameters
        chance = open_chance(self._seed, self._name, "clock", hour)
        off = float(chance.normal(0.0, ours.clock_sigma_s))
        fate, side = chance.random(), 1 if chance.random() < 0.5 else -1
        if fate < ours.clock_wild_share:
            return WILD_CLOCKS[side > 0] - self._started_at - moment
        if fate < ours.clock_wild_share + ours.clock_530_share:
            return off + IST_SKEW_S
        if fate < ours.clock_wild_share + ours.clock_530_share + ours.clock_off_share:
            return side * draw_between(chance, ours.clock_off_s)
        return off
