"""Many rows in the tables that grow: bookings, vehicles, deliveries, sign-ins, the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.db import connection
from django.db.models import Max, Model

from notifications.models import Delivery
from tracking.models import ApiKey, Hub, LanePlan, Partner, Shipment, StaffAction, Vehicle

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
# Accounts that the entries of the audit log are of.
ACTORS = 4
SIGN_IN = {"ip_address": "10.0.0.1", "path_info": "/"}


def make_network(count: int, mark: str = "") -> tuple[list[Partner], list[Hub]]:
    """Store as many partners and hubs; `mark` is part of their ids."""
    partners = [
        Partner(partner_id=f"prt_{mark}{number}", name=f"Partner {number}") for number in range(count)
    ]
    hubs = [
        Hub(
            hub_id=f"HUB-{mark}{number}",
            name=f"Hub {number}",
            town="Pune",
            pin_code="411001",
            lat=18.5,
            lon=73.8,
        )
        for number in range(count)
    ]
    Partner.objects.bulk_create(partners)
    Hub.objects.bulk_create(hubs)
    return partners, hubs


def add_rows(partners: list[Partner], hubs: list[Hub], first: int, count: int) -> None:
    """Add as many rows to each table that grows, numbered from `first`."""
    owner = f"{partners[0].pk} + i % {len(partners)}"
    hub = f"{hubs[0].pk} + i % {len(hubs)}"
    shipment_id = {"shipment_id": "'S' || i"}
    added: list[tuple[Model, dict[str, str]]] = [
        (Shipment(status="delivered"), shipment_id | {"partner_id": owner, "origin_hub_id": hub}),
        (Vehicle(), {"vehicle_id": "'V' || i", "partner_id": owner}),
        (
            Delivery(recipient_id="r", transport="sms", trigger="delivered"),
            shipment_id | {"change_id": "'chg_' || i"},
        ),
        (
            StaffAction(role="operator", verb="see", subject="x"),
            shipment_id | {"actor": f"'staff_' || i % {ACTORS}"},
        ),
        (AccessLog(**SIGN_IN), {"username": "'u' || i"}),
        (AccessAttempt(**SIGN_IN, failures_since_start=1), {"username": "'u' || i"}),
    ]
    for pattern, made in added:
        _multiply(pattern, made, first, count)


def add_small(partners: list[Partner], hubs: list[Hub], count: int) -> None:
    """Add as many keys and lane plans, at most one for each partner."""
    pairs = [(partners[number % len(partners)], number) for number in range(count)]
    ApiKey.objects.bulk_create(
        ApiKey(key_id=f"{partner.pk}", partner=partner, secret_sha256="0" * 64) for partner, number in pairs
    )
    LanePlan.objects.bulk_create(
        LanePlan(
            partner=partner,
            origin=hubs[number % len(hubs)],
            destination=hubs[(number + 1) % len(hubs)],
            planned_minutes=60,
            updated_at=NOON + timedelta(minutes=number),
        )
        for partner, number in pairs
    )


def newest(model: type[Model]) -> int:
    """Return the number of the newest row."""
    return model._default_manager.aggregate(newest=Max("pk"))["newest"]


def _multiply(pattern: Model, made: dict[str, str], first: int, count: int) -> None:
    """Store copies of a row in one statement; `made` has columns whose values come from the number `i`."""
    fields = [field for field in pattern._meta.concrete_fields if not (field.primary_key or field.generated)]
    values: list[Any] = [
        field.get_db_prep_save(field.pre_save(pattern, add=True), connection)
        for field in fields
        if field.column not in made
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    chosen = ", ".join(made.get(field.column, "%s") for field in fields)
    last = first + count - 1
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    chosen = chosen.replace(" % ", " %% ")
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{pattern._meta.db_table}" ({columns}) {numbers} SELECT {chosen} FROM n', values
        )
