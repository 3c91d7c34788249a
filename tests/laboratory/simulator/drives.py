"""Steps of a simulated fleet for tests, and the records they become."""

from itertools import takewhile
from pathlib import Path

from laboratory.simulator.agreed_days import AgreedDays
from laboratory.simulator.faults import FaultyUplink
from laboratory.simulator.fleet import FleetOptions, build_fleet, run_fleet
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.world import PILOT, load_world

STARTED_AT = 1_790_000_000.0
TAG = "TEST01"
# Short tours at any hour, as in a demo.
LIVELY = load_world(overrides=PILOT.with_name("demo.toml"))
PLAIN = load_world()
ROOT = Path(__file__).parents[3]


def drive(
    seconds: float,
    vehicles: int = 50,
    rate: float | None = 20.0,
    seed: int = 1,
    *,
    world=LIVELY,
    payload: str | None = "turn",
    faults=frozenset(),
    hour: float | None = 14.0,
    agreed_days: AgreedDays | None = None,
) -> list[Step]:
    """Return all steps of the first `seconds`."""
    fleet_options = FleetOptions(vehicles, rate, seed, payload=payload, hour=hour, faults=faults)
    fleet = build_fleet(world, fleet_options, TAG, STARTED_AT, agreed_days)
    return list(takewhile(lambda step: step.at <= seconds, run_fleet(fleet)))


def reports_of(steps):
    return [step for step in steps if isinstance(step, Report)]


def bookings_of(steps):
    return [step for step in steps if isinstance(step, Booking)]


def manifests_of(steps):
    return [step for step in steps if isinstance(step, Manifest)]


def truths_of(steps, kind):
    return [step for step in steps if isinstance(step, Truth) and step.kind == kind]


def send(reports, faults=frozenset(), seed=1):
    """Return the records that the reports become, in the order in which they are put."""
    uplink = FaultyUplink(faults, seed, STARTED_AT, LIVELY.parameters)
    records = [record for report in reports for record in uplink.send(report)]
    return sorted(records, key=lambda record: record.due)
