"""Claims: a row is created before a message is sent, so that only one of several processes sends it."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notifications.budgets import BudgetSpentError, spend
from notifications.domain import PlannedNotification
from notifications.models import Delivery
from tracking.domain.errors import TransientError

# A claim without an outcome counts as abandoned after this time: its process died before marking it.
CLAIM_LASTS = timedelta(seconds=60)
# Reason of a released claim: the next process may claim it immediately.
UNREACHABLE = "unreachable"

Outcome = Delivery.Outcome


def claim(planned: PlannedNotification, partner_id: str) -> Delivery | None:
    """Claim a notification: return the row to send, or None if it was already sent or decided.

    The first claim counts against the partner's budget, in the same transaction. When that is used up, the
    notification is suppressed. Raises `TransientError` while another process holds a fresh claim, whose
    outcome is still open.
    """
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                **_identify(planned), **_describe(planned), fact=planned.fact, attempts=1
            )
            spend(partner_id, planned.transport.name, timezone.now())
            return delivery
    except BudgetSpentError:
        suppress(planned, "over_budget")
        return None
    except IntegrityError:
        return _claim_again(planned)


def suppress(planned: PlannedNotification, reason: str) -> None:
    """Record that nothing is sent, unless the change is already decided; the fact may be sent later."""
    suppression = {"outcome": Outcome.SUPPRESSED, "reason": reason, "finished_at": timezone.now()}
    defaults = _describe(planned) | suppression
    delivery, made = Delivery.objects.get_or_create(**_identify(planned), defaults=defaults)
    if not made:
        _abandoned(delivery).update(**suppression, fact=None)


def mark_sent(delivery: Delivery, provider_id: str) -> None:
    """Record that the provider accepted the message under the id `provider_id`."""
    _finish(delivery, outcome=Outcome.SENT, provider_id=provider_id, reason="")


def mark_failed(delivery: Delivery, reason: str) -> None:
    """Record that the provider refused the message for good; a later change may send the same fact."""
    _finish(delivery, outcome=Outcome.FAILED, reason=reason, fact=None)


def release(delivery: Delivery) -> None:
    """Release a claim whose provider could not be reached, so that it can be claimed again immediately."""
    Delivery.objects.filter(pk=delivery.pk, outcome=Outcome.CLAIMED).update(reason=UNREACHABLE)


def _claim_again(planned: PlannedNotification) -> Delivery | None:
    delivery = Delivery.objects.filter(**_identify(planned)).first()
    if delivery is None:
        # Another change has claimed the same fact.
        suppress(planned, "not_first")
        return None
    if delivery.outcome != Outcome.CLAIMED:
        return None
    taken = _abandoned(delivery).update(claimed_at=timezone.now(), reason="", attempts=F("attempts") + 1)
    if not taken:
        raise TransientError("another process is sending this notification")
    return delivery


def _abandoned(delivery: Delivery) -> QuerySet[Delivery]:
    """Select the row if its claim was released or its process died."""
    old = Q(claimed_at__lt=timezone.now() - CLAIM_LASTS)
    return Delivery.objects.filter(old | Q(reason=UNREACHABLE), pk=delivery.pk, outcome=Outcome.CLAIMED)


def _finish(delivery: Delivery, **outcome: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=timezone.now(), **outcome)


def _identify(planned: PlannedNotification) -> dict[str, str]:
    return {
        "change_id": planned.change.change_id,
        "recipient_id": planned.recipient.recipient_id,
        "transport": planned.transport.name,
    }


def _describe(planned: PlannedNotification) -> dict[str, str]:
    return {"shipment_id": planned.change.shipment_id, "trigger": planned.trigger.value}
