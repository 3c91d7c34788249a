"""Reports of endpoints that were disabled because of their answers: incident, e-mail, other endpoints."""

import smtplib
from datetime import datetime

import structlog
from django.core.mail import send_mail
from django.db import connection, transaction

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
    `webhook.disabled`. An e-mail that cannot be sent leaves its endpoint to the next call, which repeats
    nothing else. A process that dies after the e-mail sends it twice.
    """
    waiting = WebhookEndpoint.objects.filter(
        disabled_at__isnull=False, disabling_reported_at__isnull=True, disabled_reason__in=WHY
    )
    return sum(_report(live, pk, now) for pk in list(waiting.values_list("pk", flat=True)))


def _report(live: LivePush, pk: int, now: datetime) -> bool:
    skips = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        rows = WebhookEndpoint.objects.select_for_update(skip_locked=skips, of=("self",) if skips else ())
        waiting = rows.filter(pk=pk, disabled_at__isnull=False, disabling_reported_at__isnull=True)
        endpoint = waiting.select_related("partner").first()
        if endpoint is None or endpoint.disabled_at is None:
            return False
        why = WHY[Reason(endpoint.disabled_reason)]
        text = f"Webhooks to {endpoint.partner.partner_id} stopped: {why}"
        open_incident(live, INCIDENT_CODE, endpoint.endpoint_id, text, endpoint.disabled_at)
        open_disabled(endpoint, now)
        if not _send_mail(endpoint, why):
            return False
        endpoint.disabling_reported_at = now
        endpoint.save(update_fields=["disabling_reported_at"])
    return True


def _send_mail(endpoint: WebhookEndpoint, why: str) -> bool:
    """Send the e-mail to the partner; return whether it is settled, also because there is no address."""
    address = endpoint.partner.contact_email
    if not address:
        log.warning("webhook_disabled_mail", endpoint=endpoint.endpoint_id, outcome="no address")
        return True
    subject = f"Webhook endpoint {endpoint.endpoint_id} is disabled"
    try:
        send_mail(subject, _write(endpoint, why), None, [address])
    except (OSError, smtplib.SMTPException) as error:
        log.warning("webhook_disabled_mail", endpoint=endpoint.endpoint_id, error=str(error))
        return False
    return True


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
