"""Invented drivers; none of their phone numbers can be reached."""

from typing import NamedTuple
from zlib import crc32

from laboratory.simulator.recipients import FAMILY_NAMES, PHONES

FIRST_NAMES = ("Suresh", "Anita", "Imran", "Lakshmi", "Joseph", "Ravi", "Fatima", "Manjunath")


class InventedDriver(NamedTuple):
    """Driver who does not exist. The phone number is one of `PHONES`."""

    first_name: str
    family_name: str
    phone: str


def make_driver(vehicle_id: str) -> InventedDriver:
    """Make the driver of a vehicle; the same id gives the same driver."""
    number = crc32(vehicle_id.encode())
    lists = (FIRST_NAMES, FAMILY_NAMES, PHONES)
    return InventedDriver(*(each[number % len(each)] for each in lists))
