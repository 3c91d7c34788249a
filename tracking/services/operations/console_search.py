"""Search of the console: one typed text finds shipments, phones, PIN codes, vehicles, hubs and incidents."""

import re
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Replace, Upper

from tracking.domain.status import END_STATUSES
from tracking.domain.typed_text import strip_invisible
from tracking.models import Hub, Incident, RecipientKey, Shipment, Vehicle
from tracking.services.operations.incident_names import find_request, name_shipment
from tracking.services.operations.request_words import REQUEST_TEXTS
from tracking.services.partners.phone_hashes import hash_phone
from tracking.services.reading.staff_scope import visible_incidents, visible_shipments, visible_vehicles
from tracking.services.reading.typed_numbers import (
    begins_with,
    find_bookings,
    make_plain,
    narrow_to_beginning,
)
from tracking.services.requests.phones import BadAddressError, read_phone
from tracking.services.requests.roles import Role, Scope, Verb, may

MAX_TYPED = 100
MAX_IN_GROUP = 5
MAX_IN_ALL = 20
PAGE_SIZE = 50
# More results are counted as "more than 1000".
MAX_COUNTED = 1000
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
    if it is about none. The others are of a shipment on its way: when it is expected, the end of its promise,
    and whether it is delayed.
    """

    key: str
    detail: str = ""
    is_exact: bool = False
    code: str = ""
    shipment_id: str = ""
    eta_at: datetime | None = None
    promised_to: datetime | None = None
    is_delayed: bool = False


class FoundGroup(NamedTuple):
    """Objects of one kind, best first. `total` is how many there are, at most `MAX_COUNTED + 1`."""

    kind: Kind
    found: list[Found]
    total: int

    @property
    def is_cut(self) -> bool:
        """True if there are more than are named here."""
        return self.total > len(self.found)


class FoundPage(NamedTuple):
    """Page of all objects of one kind, newest first. `older` is the key that the next page begins after."""

    group: FoundGroup
    older: int | None


def search_console(role: Role, scope: Scope, typed: str) -> list[FoundGroup]:
    """Return what the text finds within the scope, grouped, about 20 in all. Groups are never empty.

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
    left, shown = MAX_IN_ALL, []
    for kind, found in groups:
        # Each kind that was found is named, even if the others take all the room.
        kept = found[: min(MAX_IN_GROUP, max(1, left))]
        left -= len(kept)
        if kept:
            total = _count(_list_rows(kind, scope, text)) if len(found) > len(kept) else len(kept)
            shown.append(FoundGroup(kind, kept, total))
    return shown


def list_found(role: Role, scope: Scope, typed: str, kind: Kind, before: int | None = None) -> FoundPage:
    """Return a page of what the text finds of this kind within the scope, `before` a key or from the newest.

    Phone numbers find nothing for a role that may not see them.
    """
    text = strip_invisible(typed[:MAX_TYPED])
    if not make_plain(text) or (kind == "phone" and not may(role, Verb.UNMASK)):
        return FoundPage(FoundGroup(kind, [], 0), None)
    rows = _list_rows(kind, scope, text).order_by("-pk")
    following = rows if before is None else rows.filter(pk__lt=before)
    shown = list(following[: PAGE_SIZE + 1])
    older = shown[PAGE_SIZE - 1].pk if len(shown) > PAGE_SIZE else None
    found = [_describe(row, text) for row in shown[:PAGE_SIZE]]
    return FoundPage(FoundGroup(kind, found, _count(rows)), older)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MAX_COUNTED + 1].count()


def _list_rows(kind: Kind, scope: Scope, text: str) -> QuerySet[Any]:
    """Return the rows of this kind that the text finds, in any order."""
    match kind:
        case "shipment":
            return _match_shipments(scope, text)
        case "phone":
            return _match_phone(scope, text)
        case "pin_code":
            return _match_pin_code(scope, make_plain(text))
        case "vehicle":
            return _match_vehicles(scope, make_plain(text))
        case "hub":
            return _match_hubs(scope, text)
    return _match_incident(scope, text)


def _describe(row: Shipment | Vehicle | Hub | Incident, text: str) -> Found:
    match row:
        case Shipment():
            return _describe_shipment(row)
        case Vehicle():
            return _describe_vehicle(row, make_plain(text))
        case Hub():
            return _describe_hub(row, text)
    return _describe_incident(row)


def _match_shipments(scope: Scope, text: str) -> QuerySet[Shipment]:
    meant, plain = [row.pk for row in find_bookings(text)], make_plain(text)
    visible = visible_shipments(scope).select_related("partner")
    return (
        visible.filter(pk__in=meant)
        if len(plain) < LEAST_TYPED
        else narrow_to_beginning(visible, plain, meant)
    )


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
    rows = _match_phone(scope, text).order_by("-pk")
    return [_describe_shipment(row) for row in rows[: MAX_IN_GROUP + 1]]


def _match_phone(scope: Scope, text: str) -> QuerySet[Shipment]:
    phones = _list_phones(text)
    if not phones:
        return Shipment.objects.none()
    hashes = [hash_phone(phone) for phone in phones]
    keys = RecipientKey.objects.filter(phone_hash__in=hashes).order_by("-pk")
    ids = list(keys.values_list("shipment_id", flat=True)[:MAX_OF_PHONE])
    return visible_shipments(scope).filter(shipment_id__in=ids).select_related("partner")


def _list_phones(text: str) -> set[str]:
    """Return the numbers that the text may mean.

    The "+" of a country code may be left out, or the whole code: it may be a number of any allowed country.
    """
    found = set()
    for country in settings.PHONE_COUNTRIES:
        with suppress(BadAddressError):
            found.add(read_phone(text, country))
    with suppress(BadAddressError):
        found.add(read_phone(f"+{text.strip()}"))
    return found


def _find_by_pin_code(scope: Scope, plain: str) -> list[Found]:
    rows = _match_pin_code(scope, plain).order_by("-pk")
    return [_describe_shipment(row) for row in rows[: MAX_IN_GROUP + 1]]


def _match_pin_code(scope: Scope, plain: str) -> QuerySet[Shipment]:
    if not _PIN_CODE.fullmatch(plain):
        return Shipment.objects.none()
    return visible_shipments(scope).filter(pin_code=plain).select_related("partner")


def _find_vehicles(scope: Scope, plain: str) -> list[Found]:
    return [_describe_vehicle(row, plain) for row in _match_vehicles(scope, plain)[: MAX_IN_GROUP + 1]]


def _match_vehicles(scope: Scope, plain: str) -> QuerySet[Vehicle]:
    """Match a part of the number or the label; those that begin with it come first."""
    rows = visible_vehicles(scope).annotate(
        plain_id=_make_plain("vehicle_id"), plain_label=_make_plain("label")
    )
    begins = Q(plain_id__startswith=plain) | Q(plain_label__startswith=plain)
    part = Q(plain_id__contains=plain) | Q(plain_label__contains=plain)
    rows = rows.filter(part if len(plain) >= LEAST_TYPED else begins)
    first = Case(When(begins, then=0), default=1)
    return rows.select_related("partner").order_by(first, "plain_id", "pk")


def _find_hubs(scope: Scope, text: str) -> list[Found]:
    rows = _match_hubs(scope, text).order_by("hub_id")
    return [_describe_hub(row, text) for row in rows[: MAX_IN_GROUP + 1]]


def _match_hubs(scope: Scope, text: str) -> QuerySet[Hub]:
    hubs: QuerySet[Hub] = Hub.objects.filter(pk__in=scope.hubs) if scope.hubs else Hub.objects.all()
    begins = Q(hub_id__istartswith=text) | Q(name__istartswith=text) | Q(town__istartswith=text)
    return hubs.filter(begins | Q(pin_code=text))


def _find_incident(scope: Scope, text: str) -> list[Found]:
    return [_describe_incident(row) for row in _match_incident(scope, text)]


def _match_incident(scope: Scope, text: str) -> QuerySet[Incident]:
    number = _INCIDENT.fullmatch(text)
    return visible_incidents(scope).filter(pk=int(number[1])) if number else Incident.objects.none()


def _describe_vehicle(row: Vehicle, plain: str) -> Found:
    is_exact = make_plain(row.vehicle_id) == plain
    return Found(row.vehicle_id, row.label or row.partner.name, is_exact=is_exact)


def _describe_hub(row: Hub, text: str) -> Found:
    return Found(row.hub_id, f"{row.name}, {row.town}", is_exact=row.hub_id.upper() == text.upper())


def _describe_incident(row: Incident) -> Found:
    request = find_request(row.subject)
    parts = (name_shipment(row), REQUEST_TEXTS[request] if request else "")
    detail = " · ".join(part for part in parts if part)
    return Found(f"{row.pk}", detail, code=row.code, shipment_id=row.shipment_id)


def _describe_shipment(row: Shipment, *, is_exact: bool = False) -> Found:
    parts = (row.reference, row.partner.name if row.partner else "")
    found = Found(row.shipment_id, " · ".join(part for part in parts if part), is_exact, row.status)
    if row.status in END_STATUSES:
        return found
    return found._replace(eta_at=row.eta_at, promised_to=row.promised_to, is_delayed=row.is_delayed)


def _make_plain(column: str) -> Upper:
    plain: F | Replace = F(column)
    for separator in _SEPARATORS:
        plain = Replace(plain, Value(separator), Value(""))
    return Upper(plain)
