"""Drivers of vehicles: name and phone number, sealed at rest, for staff alone."""

import msgspec

from tracking.models import Vehicle
from tracking.sealing import seal_for_us, unseal_for_us
from tracking.services.requests.phones import BadAddressError, read_phone
from tracking.services.requests.refusals import Mistake, RequestRefusedError

NAME_LENGTH = 80


class Driver(msgspec.Struct, frozen=True):
    """Name and phone number (E.164) of a driver; empty where unknown."""

    name: str = ""
    phone: str = ""


NO_DRIVER = Driver()


def keep_driver(vehicle: Vehicle, name: str, phone: str) -> None:
    """Seal the driver into the row of the vehicle; both empty removes the driver.

    Raises `RequestRefusedError` for a phone number that is none.
    """
    driver = Driver(name.strip()[:NAME_LENGTH], _read_phone(phone))
    sealed = b"" if driver == NO_DRIVER else seal_for_us(msgspec.json.encode(driver))
    Vehicle.objects.filter(pk=vehicle.pk).update(driver_sealed=sealed)


def read_driver(vehicle: Vehicle | None) -> Driver:
    """Return the driver of the vehicle; `NO_DRIVER` where none is known."""
    if vehicle is None or not vehicle.driver_sealed:
        return NO_DRIVER
    return msgspec.json.decode(unseal_for_us(bytes(vehicle.driver_sealed)), type=Driver)


def _read_phone(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return read_phone(typed)
    except BadAddressError as error:
        raise RequestRefusedError([Mistake("/driver_phone", "invalid", str(error))]) from error
