"""Drives of a fleet for tests: the steps of so many seconds, and the records they become."""

from itertools import takewhile

from swiftlogix.simulator.faults import FaultyWay
from swiftlogix.simulator.fleet import build_fleet, run_fleet
from swiftlogix.simulator.reports import Booking, Report
from swiftlogix.simulator.world import load_world

STARTED_AT = 1_790_000_000.0
TAG = "TEST01"


def drive(seconds: float, vehicles: int = 50, rate: float = 20.0, seed: int = 1) -> list[Booking | Report]:
    """All steps of the first `seconds`."""
    fleet = build_fleet(load_world(), vehicles, rate, seed, TAG)
    return list(takewhile(lambda step: step.at <= seconds, run_fleet(fleet)))


def reports_of(steps):
    return [step for step in steps if isinstance(step, Report)]


def bookings_of(steps):
    return [step for step in steps if isinstance(step, Booking)]


def send(reports, faults=frozenset(), seed=1):
    """The records that the reports become, in the order in which they are put."""
    way = FaultyWay(faults, seed, STARTED_AT)
    records = [record for report in reports for record in way.send(report)]
    return sorted(records, key=lambda record: record.due)
