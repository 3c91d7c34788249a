"""Drivers for staff: masked on every page, in clear by an action in the audit log."""

from tracking.models import Vehicle
from tracking.services.operations.staff_recipients import mask_contact
from tracking.services.partners.drivers import Driver, read_driver
from tracking.services.partners.recipients import Contact
from tracking.services.reading.staff_scope import sees_vehicle
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Scope, Verb


def read_masked_driver(scope: Scope, vehicle_id: str | None) -> Driver | None:
    """Return the masked driver of the vehicle; None where none is known, or outside of the scope."""
    driver = read_driver(_find_vehicle(scope, vehicle_id)) if vehicle_id else Driver()
    if driver == Driver():
        return None
    masked = mask_contact(Contact(driver.name, driver.phone))
    return Driver(masked.name, masked.phone)


@staff_write(Verb.UNMASK_DRIVER)
def unmask_driver(staff: Staff, vehicle_id: str) -> Driver:
    """Return the driver of the vehicle in clear. Raises `UnknownError` outside of the scope."""
    vehicle = _find_vehicle(staff.scope, vehicle_id)
    if vehicle is None:
        raise UnknownError
    record_action(staff, Verb.UNMASK_DRIVER, f"driver of {vehicle_id}")
    return read_driver(vehicle)


def _find_vehicle(scope: Scope, vehicle_id: str) -> Vehicle | None:
    found = Vehicle.objects.filter(vehicle_id=vehicle_id).first()
    return found if found is not None and sees_vehicle(scope, vehicle_id) else None
