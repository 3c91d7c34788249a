"""Bounces and complaints that the e-mail provider (SES) reports: they opt addresses out."""

from datetime import datetime
from email.utils import parseaddr

import msgspec
import structlog

from notifications.consents import Way, opt_out
from tracking.domain.errors import PermanentError

# Transport whose addresses the provider reports about.
TRANSPORT = "email"
log = structlog.get_logger()


class _Address(msgspec.Struct, rename="camel"):
    email_address: str


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str
    bounced_recipients: list[_Address]


class _Complaint(msgspec.Struct, rename="camel"):
    complained_recipients: list[_Address]
    # Kind of complaint, if the recipient's provider says it; `not-spam` takes one back.
    complaint_feedback_type: str | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    """Notification of SES, or an event of one of its configuration sets, which names its type otherwise."""

    notification_type: str = ""
    event_type: str = ""
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


_decode = msgspec.json.Decoder(_Feedback).decode


def take_feedback(body: str, now: datetime) -> None:
    """Opt out the addresses of a permanent bounce or of a complaint; other feedback changes nothing.

    `body` is a notification of SES as JSON. Safe to repeat. Raises `PermanentError` if it cannot be read; the
    text of the error quotes nothing of it.
    """
    try:
        feedback = _decode(body)
    except msgspec.MsgspecError as error:
        raise PermanentError("feedback on e-mails that cannot be read") from error
    addresses, way = _find_addresses(feedback)
    for address in addresses:
        opt_out(parseaddr(address.email_address)[1], TRANSPORT, way, now)
    kind = feedback.notification_type or feedback.event_type
    log.info("mail_feedback", kind=kind, opted_out=len(addresses), way=str(way) if addresses else "")


def _find_addresses(feedback: _Feedback) -> tuple[list[_Address], Way]:
    """Return the addresses that must get no more e-mails, and why."""
    bounce, complaint = feedback.bounce, feedback.complaint
    if bounce is not None and bounce.bounce_type == "Permanent":
        return bounce.bounced_recipients, Way.BOUNCE
    if complaint is not None and complaint.complaint_feedback_type != "not-spam":
        return complaint.complained_recipients, Way.COMPLAINT
    return [], Way.PROVIDER
