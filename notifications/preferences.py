"""Preferences of the person behind a link: what may be sent by which transport, language, quiet hours."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from notifications.address_hashes import ADDRESS_FIELDS, AddressHashes, hash_addresses, hash_booking
from notifications.consent_models import Preference, PreferenceLink
from notifications.consents import Statement, Way, read_choices, record_statements
from notifications.domain import TransportDeclaration, Trigger
from notifications.ports import NotificationPorts
from notifications.quiet_hours import QuietHours
from tracking.models import Shipment
from tracking.services.partners.recipients import read_contact

# Version of the texts of the page, kept in the ledger beside each choice; a new text needs a new version.
WORDING = "preferences-4"
# Stands for all transports in a choice.
ALL = ""


class Reachable(NamedTuple):
    """Transport as its recipient may choose it: the masked address, and the triggers with what holds now.

    `address` is empty if it is not known (any more).
    """

    declaration: TransportDeclaration
    address: str
    is_allowed: bool
    triggers: Mapping[Trigger, bool]


class Preferences(NamedTuple):
    """Choices that hold now for the person behind a link; `quiet_hours` is None for the usual ones.

    `is_stopped` is True while everything is stopped.
    """

    transports: list[Reachable]
    language: str
    quiet_hours: QuietHours | None
    is_stopped: bool = False


class Chosen(NamedTuple):
    """Choices that a person has made on the page: transports, their triggers, language and quiet hours."""

    transports: AbstractSet[str]
    triggers: Mapping[str, AbstractSet[str]]
    language: str
    quiet_hours: QuietHours | None


def read_hashes(link: PreferenceLink) -> AddressHashes:
    """Return the hashes of the addresses that a link was made for, and of its booking."""
    return AddressHashes(link.phone_hash, link.email_hash, hash_booking(link.shipment_id))


def read_preferences(ports: NotificationPorts, link: PreferenceLink) -> Preferences:
    """Read what holds now: the choices of the person, else the consents of the booking."""
    hashes = read_hashes(link)
    choices = read_choices(hashes.holding)
    consents, addresses = _read_booking(link, hashes)
    preference = _find_preference(hashes)
    declared = [transport.declaration for transport in ports.transports.values()]
    return Preferences(
        [_describe(one, choices, consents, addresses) for one in declared],
        preference.language if preference else "",
        _read_quiet_hours(preference),
        is_stopped=_is_stopped(choices),
    )


def read_page_language(link: PreferenceLink) -> str:
    """Return the language of the person behind a link: the chosen one, else that of the booking."""
    chosen = _find_preference(read_hashes(link))
    if chosen is not None and chosen.language:
        return chosen.language
    booking = Shipment.objects.filter(shipment_id=link.shipment_id).only("language").first()
    return booking.language if booking else ""


def save_preferences(ports: NotificationPorts, link: PreferenceLink, chosen: Chosen, now: datetime) -> None:
    """Keep what a person has chosen; only what differs from before is recorded in the ledger."""
    hashes, before = read_hashes(link), read_preferences(ports, link)
    with transaction.atomic():
        for statement, field in _list_changes(before, chosen):
            _record(hashes, statement, field, Way.PREFERENCES, now, link.shipment_id)
        quiet = chosen.quiet_hours
        for address_hash in hashes.known:
            Preference.objects.update_or_create(
                address_hash=address_hash,
                defaults={
                    "language": chosen.language,
                    "quiet_from": quiet.start if quiet else None,
                    "quiet_until": quiet.end if quiet else None,
                    "updated_at": now,
                },
            )


def stop_everything(link: PreferenceLink, now: datetime) -> None:
    """Stop all messages to the person, by every transport there is or will be."""
    _record(read_hashes(link), Statement(ALL, is_allowed=False), "", Way.PREFERENCES, now, link.shipment_id)


def start_everything(link: PreferenceLink, now: datetime) -> None:
    """End the stop of all messages: what held before holds again. Without such a stop do nothing."""
    if is_everything_stopped(link):
        hashes, consent = read_hashes(link), Statement(ALL, is_allowed=True)
        _record(hashes, consent, "", Way.PREFERENCES, now, link.shipment_id)


def is_everything_stopped(link: PreferenceLink) -> bool:
    """Return whether the person behind a link has stopped all messages."""
    return _is_stopped(read_choices(read_hashes(link).holding))


def start_transport(declared: TransportDeclaration, link: PreferenceLink, now: datetime) -> None:
    """Record that the person behind a link consents to the messages of a transport."""
    hashes, consent = read_hashes(link), Statement(declared.name, is_allowed=True)
    _record(hashes, consent, declared.address.field, Way.PREFERENCES, now, link.shipment_id)


def stop_transport(
    name: str, declared: TransportDeclaration | None, link: PreferenceLink, now: datetime
) -> None:
    """Stop all messages of a transport to the person behind a link, also of one that is no longer wired."""
    field = declared.address.field if declared else ""
    refusal = Statement(name, is_allowed=False)
    _record(read_hashes(link), refusal, field, Way.ONE_CLICK, now, link.shipment_id)


def mask_address(declared: TransportDeclaration, link: PreferenceLink) -> str:
    """Return the masked address of a transport; empty if the booking has another recipient by now."""
    return _mask(declared, _read_booking(link, read_hashes(link))[1])


def _read_booking(link: PreferenceLink, hashes: AddressHashes) -> tuple[frozenset[str], Mapping[str, str]]:
    """Return consents and addresses of the booking, as far as they are those of the link's recipient."""
    booking = Shipment.objects.filter(shipment_id=link.shipment_id).first()
    if booking is None:
        return frozenset(), {}
    contact = read_contact(booking)
    fields = {field: getattr(contact, field) for field in ADDRESS_FIELDS}
    present, linked = hash_addresses(fields)._asdict(), hashes._asdict()
    own = {field: fields[field] for field in fields if linked[field] and present[field] == linked[field]}
    consents = frozenset(name for name, given in booking.consents.items() if given) if own else frozenset()
    return consents, own


def _describe(
    declared: TransportDeclaration,
    choices: Mapping[tuple[str, str], bool],
    consents: AbstractSet[str],
    addresses: Mapping[str, str],
) -> Reachable:
    allowed = choices.get((declared.name, ""), declared.name in consents)
    offered = [trigger for trigger in Trigger if declared.offers(trigger)]
    return Reachable(
        declared,
        _mask(declared, addresses),
        allowed and not _is_stopped(choices),
        {
            trigger: choices.get((declared.name, trigger.value), trigger in declared.triggers)
            for trigger in offered
        },
    )


def _is_stopped(choices: Mapping[tuple[str, str], bool]) -> bool:
    return choices.get((ALL, "")) is False


def _mask(declared: TransportDeclaration, addresses: Mapping[str, str]) -> str:
    address = addresses.get(declared.address.field, "")
    return declared.address.mask(address) if address else ""


def _find_preference(hashes: AddressHashes) -> Preference | None:
    return Preference.objects.filter(address_hash__in=hashes.known).order_by("-updated_at").first()


def _read_quiet_hours(preference: Preference | None) -> QuietHours | None:
    if preference is None or preference.quiet_from is None or preference.quiet_until is None:
        return None
    return QuietHours(preference.quiet_from, preference.quiet_until)


def _list_changes(before: Preferences, chosen: Chosen) -> Iterator[tuple[Statement, str]]:
    """Yield the statements by which the choice differs from before, with the field of their address."""
    is_reopened = before.is_stopped and bool(chosen.transports)
    if is_reopened:
        yield Statement(ALL, is_allowed=True), ""
    for reachable in before.transports:
        name, field = reachable.declaration.name, reachable.declaration.address.field
        is_allowed = name in chosen.transports
        # What the booking says of other transports must not come back when one is chosen again.
        if is_allowed != reachable.is_allowed or is_reopened:
            yield Statement(name, is_allowed), field
        if not is_allowed:
            continue
        for trigger, held in reachable.triggers.items():
            if (trigger.value in chosen.triggers.get(name, ())) != held:
                yield Statement(name, is_allowed=not held, trigger=trigger.value), field


def _record(
    hashes: AddressHashes, statement: Statement, field: str, way: str, now: datetime, shipment_id: str
) -> None:
    """Record a statement for the transport's own address, or for all of the person if that is not known.

    Where no address is known at all, it is recorded for the booking, so that it holds.
    A consent also ends every earlier refusal by another hash of the person. It is not recorded for an
    address without one: a person who shares it, such as a family's e-mail, has not consented.
    """
    own = hashes._asdict().get(field, "")
    reached = [own] if own else hashes.known
    if statement.is_allowed:
        key = statement.transport, statement.trigger
        others = [other for other in hashes.holding if other not in reached]
        reached += [other for other in others if read_choices([other]).get(key) is False]
    record_statements(reached, [statement], way, now, shipment_id, WORDING)
