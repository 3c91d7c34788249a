"""Reports of endpoints that were disabled because of their answers: incident, e-mail, other endpoints."""

import smtplib
from datetime import datetime

import structlog
from django.core.mail import send_mail

from notifications.webhooks.account_webhooks import open_disabled
from notifications.webhooks.endpoints import INCIDENT_CODE
from notifications.webhooks.models import WebhookEndpoint
from tracking.domain.events import format_time
from tracking.ports import LivePush
from tracking.services.operations.incidents import open_incident

Reason = WebhookEndpoint.DisabledReason
WHY = {
    Reason.GONE: "it answered 410 Gone",
    Reason.FAILED_TOO_LONG: "every attempt has failed for five days",
}
log = structlog.get_logger(__name__)


def report_disabled(live: LivePush, now: datetime) -> int:
    """Report each endpoint that was disabled since the last call; return the number of those reported.

    Operators get an incident, the partner an e-mail to its contact address, and its other endpoints a
    `webhook.disabled`. If the mail server cannot be reached, the rest is left to the next call, which repeats
    nothing but the e-mail. A process that dies after an e-mail sends it twice.
    """
    waiting = WebhookEndpoint.objects.filter(
        disabled_at__isnull=False, disabling_reported_at__isnull=True, disabled_reason__in=WHY
    )
    reported = 0
    for endpoint in waiting.select_related("partner").order_by("disabled_at"):
        if not _report(live, endpoint, now):
            break
        reported += 1
    return reported


def _report(live: LivePush, endpoint: WebhookEndpoint, now: datetime) -> bool:
    """Report the endpoint; return whether that is settled. No transaction waits for the mail server."""
    why = WHY[Reason(endpoint.disabled_reason)]
    text = f"Webhooks to {endpoint.partner.partner_id} stopped: {why}"
    open_incident(live, INCIDENT_CODE, endpoint.endpoint_id, text, endpoint.disabled_at or now)
    open_disabled(endpoint, now)
    if not _send_mail(endpoint, why):
        return False
    # One that was enabled and disabled again meanwhile is reported again.
    same = WebhookEndpoint.objects.filter(pk=endpoint.pk, disabled_at=endpoint.disabled_at)
    same.update(disabling_reported_at=now)
    return True


def _send_mail(endpoint: WebhookEndpoint, why: str) -> bool:
    """Send the e-mail to the partner; return whether it is settled, also because it cannot be delivered.

    The errors quote the address, so they are not logged.
    """
    address = endpoint.partner.contact_email
    outcome, is_settled = "no address", True
    if address:
        subject = f"Webhook endpoint {endpoint.endpoint_id} is disabled"
        try:
            send_mail(subject, _write(endpoint, why), None, [address])
            outcome = "sent"
        except smtplib.SMTPRecipientsRefused:
            outcome = "refused"
        except (OSError, smtplib.SMTPException) as error:
            outcome, is_settled = type(error).__name__, False
    log.info("webhook_disabled_mail", endpoint=endpoint.endpoint_id, outcome=outcome)
    return is_settled


def _write(endpoint: WebhookEndpoint, why: str) -> str:
    at = format_time(endpoint.disabled_at) if endpoint.disabled_at else ""
    mode = "live" if endpoint.livemode else "test"
    return (
        f"We disabled your {mode} webhook endpoint {endpoint.endpoint_id} at {at}, because {why}:\n\n"
        f"    {endpoint.url}\n\n"
        "It gets no webhooks now. Nothing is lost: the feed keeps all changes for 30 days.\n\n"
        "Once it answers again, enable it and send what it missed:\n\n"
        f"    PATCH /api/v1/webhook-endpoints/{endpoint.endpoint_id}  "
        '{"enabled": true}\n'
        f"    POST /api/v1/webhook-endpoints/{endpoint.endpoint_id}/replay  "
        f'{{"from": "{format_time(endpoint.failing_since) if endpoint.failing_since else at}"}}\n'
    )
