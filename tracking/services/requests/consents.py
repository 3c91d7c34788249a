"""Consents of recipients: as a booking states them by field, and as a shipment keeps them by transport."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.conf import settings


class ConsentTerms(NamedTuple):
    """What a booking says about one transport.

    `field` is the name in the API's `consent`, None for a transport that bookings are not asked about.
    `default` holds where a booking says nothing.
    """

    transport: str
    field: str | None
    default: bool


TERMS = tuple(
    ConsentTerms(name, row["consent_field"], row.get("consent_default", False))
    for name, row in settings.TRANSPORTS.items()
)


def consents_by_transport(
    stated: Mapping[str, bool], terms: Sequence[ConsentTerms] = TERMS
) -> dict[str, bool]:
    """What to keep of a booking's consent, given by API field with no field missing."""
    return {term.transport: stated[term.field] if term.field else term.default for term in terms}


def consents_by_field(kept: Mapping[str, bool], terms: Sequence[ConsentTerms] = TERMS) -> dict[str, bool]:
    """What the API shows of the consents kept by transport; a transport without an entry has none."""
    return {term.field: kept.get(term.transport, False) for term in terms if term.field}
