"""Consents of recipients: by API field in a booking, by transport in a shipment's row."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.conf import settings


class ConsentTerms(NamedTuple):
    """Consent of a booking to one transport.

    `field` is the name in the API's `consent`, None for a transport that bookings are not asked about.
    `default` applies when a booking does not state a consent.
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
    """Convert consents by API field (none missing) into consents by transport, as they are stored."""
    return {term.transport: stated[term.field] if term.field else term.default for term in terms}


def consents_by_field(kept: Mapping[str, bool], terms: Sequence[ConsentTerms] = TERMS) -> dict[str, bool]:
    """Convert stored consents by transport into consents by API field. A missing entry is no consent."""
    return {term.field: kept.get(term.transport, False) for term in terms if term.field}
