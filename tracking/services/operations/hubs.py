"""Hubs and their geofences."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import DatabaseError, connection

from tracking.domain.calendars import DeliveryCalendar, HolidaysKept
from tracking.domain.errors import TransientError
from tracking.domain.geofence import Geofence, make_geofence
from tracking.domain.payload import is_id
from tracking.domain.pin_regions import find_region
from tracking.domain.position import EAST, NORTH, SOUTH, WEST
from tracking.models import Hub
from tracking.services.requests.refusals import Mistake, RequestRefusedError

_PIN_CODE = re.compile(r"[1-9][0-9]{5}")


def read_geofences() -> list[Geofence]:
    """Return the geofence of every hub. Raises `TransientError` when the database cannot be reached.

    Called once a minute from threads that use the database for nothing else, so the connection is closed.
    """
    try:
        hubs = list(Hub.objects.order_by("hub_id"))
    except DatabaseError as error:
        raise TransientError(f"hubs cannot be read: {error}") from error
    finally:
        connection.close()
    return [make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name, build_calendar(hub)) for hub in hubs]


def read_hub_ids() -> set[str]:
    """Return the id of every hub. Raises `TransientError` when the database cannot be reached."""
    try:
        return set(Hub.objects.values_list("hub_id", flat=True))
    except DatabaseError as error:
        raise TransientError(f"hubs cannot be read: {error}") from error


def check_hub(hub: Hub) -> None:
    """Raise `RequestRefusedError` for an id, a PIN code or a position that no hub of ours can have."""
    given = {name: getattr(hub, name) for name in ("hub_id", "pin_code", "lat", "lon")}
    if mistakes := list_mistakes(given):
        raise RequestRefusedError(mistakes)


def list_mistakes(given: Mapping[str, Any]) -> list[Mistake]:
    """List what no hub of ours can have among the given values; a field without a value is not judged."""
    lat, lon = given.get("lat"), given.get("lon")
    opens, ends = given.get("delivers_from"), given.get("delivers_until")
    is_in_india = lat is None or lon is None or (SOUTH <= lat <= NORTH and WEST <= lon <= EAST)
    hub_id, pin_code = given.get("hub_id"), given.get("pin_code")
    rules = (
        ("hub_id", not hub_id or is_id(hub_id), "Only letters, digits, dots, dashes and underscores."),
        (
            "pin_code",
            not pin_code or _PIN_CODE.fullmatch(pin_code),
            "Six digits, such as 560058.",
        ),
        ("lat", is_in_india, "This position is not in India. Are the axes exchanged?"),
        ("delivers_until", not (opens and ends) or opens < ends, "Later than the start, such as 21:00."),
    )
    return [Mistake(f"/{name}", "invalid", detail) for name, holds, detail in rules if not holds]


def find_other_region(pin_code: str | None, region: str | None) -> str | None:
    """Return the state in which a PIN code lies as a rule, if another one is given; else None."""
    found = find_region(pin_code) if region else None
    return found if found != region else None


def build_calendar(hub: Hub) -> DeliveryCalendar:
    """Return the delivery calendar of a hub."""
    kept: dict[str, HolidaysKept] = {"state": "state", "national": "national", "none": "none"}
    return DeliveryCalendar(
        opens_min=_minutes(hub.delivers_from),
        closes_min=_minutes(hub.delivers_until),
        days=hub.working_days,
        region=hub.region or find_region(hub.pin_code),
        holidays_kept=kept[hub.holidays_kept],
        hub_opens_min=_minutes_or_none(hub.opens_at),
        hub_closes_min=_minutes_or_none(hub.closes_at),
        cut_off_min=_minutes_or_none(hub.cut_off_at),
    )


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _minutes_or_none(clock: time | None) -> int | None:
    return None if clock is None else _minutes(clock)
