"""Parameters of the simulated world; a world's TOML file may override each by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

Span = tuple[float, float]
Quantiles = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Parameters:
    """Behaviour of the simulated world; shares are of 1, hours are Indian local time.

    The values follow published data of Indian line-haul and last mile: real time is about twice the free-flow
    time, with a long tail; vehicles stay at a hub for half an hour, sometimes for several hours.
    """

    # --- Line-haul and feeder: ratio of actual to free-flow time -------------------------------------
    pace_line_haul: float = 1.91
    pace_feeder: float = 2.17
    # Constant differences between lanes: sigma of the log ratio, below and above the median.
    lane_sigma: Span = (0.29, 0.42)
    # Within a lane: shares of usual and of delayed legs with their log-normal spread; the rest break down.
    usual_share: float = 0.85
    usual_sigma: float = 0.11
    held_up_share: float = 0.12
    held_up: Span = (0.3, 0.3)
    breakdown_factor: Span = (3.0, 10.0)
    # Relative travel time by hour of departure: slowest at 15:30.
    hour_profile: Quantiles = (
        (0, 1.6),
        (5, 1.66),
        (11, 1.74),
        (15.5, 1.9),
        (18.5, 1.72),
        (21.5, 1.5),
        (24, 1.6),
    )
    departure_peak: Span = (1.0, 5.0)
    feeder_peaks: tuple[Span, ...] = ((7.0, 10.0), (16.0, 19.0))
    off_peak: float = 0.3
    # Share of the standing time that a truck queues near its origin.
    queue_share: float = 0.3
    hub_dwell_min: Quantiles = ((0, 5), (0.1, 10), (0.25, 18), (0.5, 29), (0.75, 55), (0.9, 143), (1, 360))
    scan_to_scan: Quantiles = ((0, 1.01), (0.1, 1.07), (0.5, 1.49), (0.9, 2.62), (1, 4))
    scan_lag_max_min: float = 90.0
    parcels: Span = (5.0, 90.0)
    parcels_mean: float = 8.3
    onward_share: float = 0.4

    # --- Last mile --------------------------------------------------------------------------------------
    tour_hours: Span = (9.0, 19.0)
    tour_stops: Span = (60.0, 90.0)
    loading_min: float = 20.0
    service_median_min: float = 4.0
    service_sigma: float = 0.6
    cod_share: float = 0.4
    cod_min: float = 2.0
    lunch_hour: float = 13.0
    lunch_min: Span = (30.0, 45.0)
    failed_share: Span = (0.08, 0.12)
    max_attempts: int = 3
    # Share of attempts that a courier reports without driving to the door, and the error of a door's point.
    false_attempt_share: float = 0.05
    door_sigma_m: float = 20.0
    city_kmh: Span = (20.0, 26.0)
    city_peaks: tuple[tuple[float, float, float], ...] = ((8, 11, 1.35), (17, 21, 1.5), (22, 6, 0.75))
    city_detour: float = 1.35

    # Vehicles have been driving for at most this long when a run starts.
    warm_up_h: float = 48.0

    # --- Promise, demand, shocks ------------------------------------------------------------------------
    promise_factor: float = 1.35
    tight_promise_share: float = 0.0
    tight_promise_factor: float = 0.4
    demand_peaks: Span = (11.0, 20.0)
    festival_day: int = 12
    festival_days: int = 5
    festival_factor: float = 2.5
    shock_day: int = 3
    shock_hour: float = 14.0
    shock_hours: float = 6.0
    shock_speed: float = 0.4

    # --- Devices ------------------------------------------------------------------------------------------
    ping_moving_s: float = 30.0
    ping_parked_s: float = 300.0
    gps_sigma_m: Span = (6.0, 12.0)
    canyon_share: float = 0.03
    canyon_sigma_m: float = 35.0
    spike_share: float = 0.001
    spike_km: Span = (0.2, 5.0)
    frozen_share: float = 0.003
    frozen_fixes: Span = (20.0, 60.0)
    null_island_share: float = 0.0002
    swapped_share: float = 0.0001
    offline_a_day: float = 2.0
    offline_mean_min: float = 12.0
    offline_long_share: float = 0.02
    offline_long_h: Span = (2.0, 6.0)
    flush_rate: Span = (50.0, 200.0)
    buffer_records: int = 5000
    dead_a_day: float = 0.005
    clock_sigma_s: float = 1.5
    clock_off_share: float = 0.02
    clock_off_s: Span = (30.0, 280.0)
    clock_530_share: float = 0.002
    clock_wild_share: float = 0.0005

    # --- Records between device and stream ------------------------------------------------------------------
    repeat_share: float = 0.01
    resent_share: float = 0.003
    disorder_share: float = 0.02
    disorder_s: Quantiles = ((0, 1), (0.5, 12), (0.99, 90), (1, 7200))
    broken_share: float = 0.0001
    unknown_status_share: float = 0.0005
    no_pickup_share: float = 0.005
    early_delivery_share: float = 0.003
    after_end_share: float = 0.001

    def override(self, values: Mapping[str, Any]) -> "Parameters":
        """Return a copy with some values replaced; raises `ValueError` for an unknown name."""
        names = {field.name for field in fields(self)}
        if unknown := sorted(values.keys() - names):
            raise ValueError(f"no such parameter: {', '.join(unknown)}")
        current = {field.name: getattr(self, field.name) for field in fields(self)}
        return Parameters(**current | {name: _freeze(value) for name, value in values.items()})


def _freeze(value: Any) -> Any:
    return tuple(_freeze(part) for part in value) if isinstance(value, list) else value
