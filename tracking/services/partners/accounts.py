"""Accounts of partners."""

from tracking.domain.payload import is_id
from tracking.models import Partner
from tracking.services.requests.refusals import Mistake, RequestRefusedError

BAD_ID = "Only letters, digits, dots, dashes and underscores."


def check_partner(partner: Partner) -> None:
    """Raise `RequestRefusedError` for an id that cannot stand in an address."""
    if not is_id(partner.partner_id):
        raise RequestRefusedError([Mistake("/partner_id", "invalid", BAD_ID)])
