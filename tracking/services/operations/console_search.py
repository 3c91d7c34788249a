"""Search of the console: one typed text finds shipments, phones, PIN codes, vehicles, hubs and incidents."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace, Upper

from tracking.domain.typed_text import strip_invisible
from tracking.models import Hub, Incident, RecipientKey, Shipment
from tracking.services.partners.phone_hashes import hash_phone
from tracking.services.reading.staff_scope import visible_incidents, visible_shipments, visible_vehicles
from tracking.services.reading.typed_numbers import begins_with, find_bookings, make_plain
from tracking.services.requests.phones import BadAddressError, read_phone
from tracking.services.requests.roles import Role, Scope, Verb, may

MAX_TYPED = 100
MAX_IN_GROUP = 5
MAX_IN_ALL = 20
# A shorter beginning of a number finds nothing: too many have it.
LEAST_TYPED = 3
# Bookings of one phone number that are looked at, newest first.
MAX_OF_PHONE = 200
_PIN_CODE = re.compile(r"[1-9][0-9]{5}")
_INCIDENT = re.compile(r"(?:incident|inc)?[\s#.:]*([0-9]{1,18})", re.IGNORECASE)
_SEPARATORS = "-._ "

Kind = Literal["shipment", "phone", "pin_code", "vehicle", "hub", "incident"]


class Found(NamedTuple):
    """Object that was found: its id, a text to show beside it, and whether its number was typed exactly.

    `code` is the status of a shipment, or the code of an incident. `shipment_id` is of an incident, empty
    if it is about none.
    """

    key: str
    detail: str = ""
    is_exact: bool = False
    code: str = ""
    shipment_id: str = ""


class FoundGroup(NamedTuple):
    """Objects of one kind, best first; `is_cut` is True if there are more."""

    kind: Kind
    found: list[Found]
    is_cut: bool


def search_console(role: Role, scope: Scope, typed: str) -> list[FoundGroup]:
    """Return what the text finds within the scope, grouped, at most 20 in all. Groups are never empty.

    Phone numbers find nothing for a role that may not see them.
    """
    text = strip_invisible(typed[:MAX_TYPED])
    plain = make_plain(text)
    if not plain:
        return []
    groups: list[tuple[Kind, list[Found]]] = [
        ("shipment", _find_shipments(scope, text, plain)),
        ("phone", _find_by_phone(scope, text) if may(role, Verb.UNMASK) else []),
        ("vehicle", _find_vehicles(scope, plain)),
        ("hub", _find_hubs(scope, text)),
        ("pin_code", _find_by_pin_code(scope, plain)),
        ("incident", _find_incident(scope, text)),
    ]
    return _cut(groups)


def _cut(groups: Iterable[tuple[Kind, list[Found]]]) -> list[FoundGroup]:
    left, shown = MAX_IN_ALL, []
    for kind, found in groups:
        kept = found[: min(MAX_IN_GROUP, left)]
        left -= len(kept)
        if kept:
            shown.append(FoundGroup(kind, kept, len(found) > len(kept)))
    return shown


def _find_shipments(scope: Scope, text: str, plain: str) -> list[Found]:
    """Return the shipments that the text means, then those whose number or reference begins with it."""
    meant = [row.pk for row in find_bookings(text)]
    visible = visible_shipments(scope).select_related("partner")
    found = {row.pk: _describe_shipment(row, is_exact=True) for row in visible.filter(pk__in=meant)}
    if len(plain) >= LEAST_TYPED:
        for column in ("plain_id", "plain_reference"):
            rows = visible.filter(begins_with(column, plain)).order_by(column)[: MAX_IN_GROUP + 1]
            found |= {row.pk: _describe_shipment(row) for row in rows if row.pk not in found}
    return list(found.values())


def _find_by_phone(scope: Scope, text: str) -> list[Found]:
    try:
        phone = read_phone(text)
    except BadAddressError:
        return []
    keys = RecipientKey.objects.filter(phone_hash=hash_phone(phone)).order_by("-pk")
    ids = list(keys.values_list("shipment_id", flat=True)[:MAX_OF_PHONE])
    rows = visible_shipments(scope).filter(shipment_id__in=ids).select_related("partner").order_by("-pk")
    return [_describe_shipment(row) for row in rows[: MAX_IN_GROUP + 1]]


def _find_by_pin_code(scope: Scope, plain: str) -> list[Found]:
    if not _PIN_CODE.fullmatch(plain):
        return []
    rows = visible_shipments(scope).filter(pin_code=plain).select_related("partner").order_by("-pk")
    return [_describe_shipment(row) for row in rows[: MAX_IN_GROUP + 1]]


def _find_vehicles(scope: Scope, plain: str) -> list[Found]:
    rows = visible_vehicles(scope).annotate(
        plain_id=_make_plain("vehicle_id"), plain_label=_make_plain("label")
    )
    rows = rows.filter(Q(plain_id__startswith=plain) | Q(plain_label__startswith=plain))
    rows = rows.select_related("partner").order_by("plain_id", "pk")
    return [
        Found(row.vehicle_id, row.label or row.partner.name, is_exact=row.plain_id == plain)
        for row in rows[: MAX_IN_GROUP + 1]
    ]


def _find_hubs(scope: Scope, text: str) -> list[Found]:
    hubs: QuerySet[Hub] = Hub.objects.filter(pk__in=scope.hubs) if scope.hubs else Hub.objects.all()
    begins = Q(hub_id__istartswith=text) | Q(name__istartswith=text) | Q(town__istartswith=text)
    rows = hubs.filter(begins | Q(pin_code=text)).order_by("hub_id")
    return [
        Found(row.hub_id, f"{row.name}, {row.town}", is_exact=row.hub_id.upper() == text.upper())
        for row in rows[: MAX_IN_GROUP + 1]
    ]


def _find_incident(scope: Scope, text: str) -> list[Found]:
    number = _INCIDENT.fullmatch(text)
    rows = visible_incidents(scope).filter(pk=int(number[1])) if number else Incident.objects.none()
    return [Found(f"{row.pk}", row.subject, code=row.code, shipment_id=row.shipment_id) for row in rows]


def _describe_shipment(row: Shipment, *, is_exact: bool = False) -> Found:
    parts = (row.reference, row.partner.name if row.partner else "")
    return Found(row.shipment_id, " · ".join(part for part in parts if part), is_exact, row.status)


def _make_plain(column: str) -> Upper:
    plain: F | Replace = F(column)
    for separator in _SEPARATORS:
        plain = Replace(plain, Value(separator), Value(""))
    return Upper(plain)
