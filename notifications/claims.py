"""Claims: a row is created before a message is sent, so that only one of several processes sends it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notifications.budgets import BudgetSpentError, spend
from notifications.decisions import RELEASED_LIMIT
from notifications.domain import PlannedNotification
from notifications.models import Delivery
from tracking.domain.compatibility import complete_change
from tracking.domain.errors import TransientError
from tracking.domain.events import Change

# A claim without an outcome counts as abandoned after this time: its process died before marking it.
CLAIM_LASTS = timedelta(seconds=60)
# Reason of a released claim: the next process may claim it immediately.
UNREACHABLE = "unreachable"
# Reason of a deferred notification that could not be processed.
UNREADABLE = "unreadable"
BEING_SENT = "another process is sending this notification"
# Deferred notifications that one sweep releases.
RELEASED_AT_ONCE = 500
# Width of the column for a provider's id; some are longer, and their begin is enough to find a message.
PROVIDER_ID_LENGTH = 100

Outcome = Delivery.Outcome


def claim(
    planned: PlannedNotification, partner_id: str, address_hash: str = "", segments: int = 1
) -> Delivery | None:
    """Claim a notification: return the row to send, or None if it was already sent or decided.

    The first claim counts its segments against the partner's budget, in the same transaction. When that is
    used up, the notification is suppressed. Raises `TransientError` while another process holds a fresh
    claim, whose outcome is still open.
    """
    described = _describe(planned, address_hash)
    try:
        with transaction.atomic():
            delivery = Delivery.objects.create(
                **_identify(planned), **described, fact=planned.fact, attempts=1
            )
            spend(partner_id, planned.transport.name, segments, timezone.now())
            return delivery
    except BudgetSpentError:
        suppress(planned, "over_budget", address_hash)
        return None
    except IntegrityError:
        return _claim_again(planned, address_hash)


def suppress(planned: PlannedNotification, reason: str, address_hash: str = "") -> None:
    """Record that nothing is sent, unless the change is already decided; the fact may be sent later.

    Raises `TransientError` while another process holds a fresh claim, whose outcome is still open.
    """
    suppression = {"outcome": Outcome.SUPPRESSED, "reason": reason, "finished_at": timezone.now()}
    defaults = _describe(planned, address_hash) | suppression
    delivery, made = Delivery.objects.get_or_create(**_identify(planned), defaults=defaults)
    if not made:
        _decide_instead(delivery, **suppression)


def defer(planned: PlannedNotification, until: datetime, reason: str, address_hash: str = "") -> None:
    """Keep a notification until a time, as a row with its change, unless the change is already decided.

    Raises `TransientError` while another process holds a fresh claim, whose outcome is still open.
    """
    deferral = {
        "outcome": Outcome.DEFERRED,
        "reason": reason,
        "due_at": until,
        "change": msgspec.json.encode(planned.change).decode(),
    }
    defaults = _describe(planned, address_hash) | deferral
    delivery, made = Delivery.objects.get_or_create(**_identify(planned), defaults=defaults)
    if not made:
        _decide_instead(delivery, **deferral)


def count_repeat(planned: PlannedNotification) -> None:
    """Count that the change came again after it was decided."""
    Delivery.objects.filter(**_identify(planned)).update(repeats=F("repeats") + 1)


def take_due(now: datetime) -> Iterator[Delivery]:
    """Claim the deferred notifications that are due, and those that a crash has left claimed, one by one.

    Each is yielded to one process only. What is not finished is yielded again after `CLAIM_LASTS`.
    """
    open_rows = Q(outcome=Outcome.DEFERRED, due_at__lte=now) | (_is_open(now) & ~Q(change=""))
    due = Delivery.objects.filter(open_rows).order_by("due_at", "id")
    for delivery in list(due[:RELEASED_AT_ONCE]):
        seen = Delivery.objects.filter(
            pk=delivery.pk, outcome=delivery.outcome, claimed_at=delivery.claimed_at, reason=delivery.reason
        )
        taken = {"outcome": Outcome.CLAIMED, "reason": "", "claimed_at": now, "attempts": F("attempts") + 1}
        if seen.update(**taken):
            yield delivery


def read_change(delivery: Delivery) -> Change:
    """Return the change that a deferred notification was planned for."""
    return complete_change(msgspec.json.decode(delivery.change, type=Change))


def claim_released(
    delivery: Delivery, planned: PlannedNotification, partner_id: str, segments: int = 1
) -> bool:
    """Claim the fact of a released notification; return whether it may be sent, else it is suppressed.

    Its segments count against the partner's budget once, when the fact is claimed.
    """
    if Delivery.objects.filter(pk=delivery.pk, fact=planned.fact).exists():
        return True
    try:
        with transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(fact=planned.fact)
            spend(partner_id, planned.transport.name, segments, timezone.now())
            return True
    except BudgetSpentError:
        settle(delivery, "over_budget")
    except IntegrityError:
        settle(delivery, "not_first")
    return False


def settle(delivery: Delivery, reason: str) -> None:
    """Record that a released notification is not sent; the fact may be sent later."""
    _finish(delivery, outcome=Outcome.SUPPRESSED, reason=reason, fact=None)


def postpone(delivery: Delivery, until: datetime, reason: str) -> None:
    """Defer a released notification once more."""
    Delivery.objects.filter(pk=delivery.pk).update(
        outcome=Outcome.DEFERRED, reason=reason, due_at=until, fact=None
    )


def keep_address(delivery: Delivery, address_hash: str) -> None:
    """Record the address that a claimed notification goes to, which may have changed since it was planned."""
    if address_hash and address_hash != delivery.address_hash:
        Delivery.objects.filter(pk=delivery.pk).update(address_hash=address_hash)
        delivery.address_hash = address_hash


def give_up(delivery: Delivery, now: datetime) -> None:
    """Mark a deferred notification as failed once it is too late to send it, whatever is wrong with it."""
    too_late = Q(due_at__lt=now - RELEASED_LIMIT)
    rows = Delivery.objects.filter(too_late, pk=delivery.pk, outcome=Outcome.CLAIMED)
    rows.update(outcome=Outcome.FAILED, reason=UNREADABLE, finished_at=timezone.now(), fact=None)


def mark_sent(delivery: Delivery, provider_id: str) -> None:
    """Record that the provider accepted the message under the id `provider_id`."""
    _finish(delivery, outcome=Outcome.SENT, provider_id=provider_id[:PROVIDER_ID_LENGTH], reason="")


def mark_failed(delivery: Delivery, reason: str) -> None:
    """Record that the provider refused the message for good; a later change may send the same fact."""
    _finish(delivery, outcome=Outcome.FAILED, reason=reason, fact=None)


def release(delivery: Delivery) -> None:
    """Release a claim whose provider could not be reached, so that it can be claimed again immediately."""
    Delivery.objects.filter(pk=delivery.pk, outcome=Outcome.CLAIMED).update(reason=UNREACHABLE)


def _claim_again(planned: PlannedNotification, address_hash: str) -> Delivery | None:
    delivery = Delivery.objects.filter(**_identify(planned)).first()
    if delivery is None:
        # Another change has claimed the same fact.
        suppress(planned, "not_first", address_hash)
        return None
    if delivery.outcome != Outcome.CLAIMED:
        return None
    taken = _abandoned(delivery).update(claimed_at=timezone.now(), reason="", attempts=F("attempts") + 1)
    if not taken:
        raise TransientError(BEING_SENT)
    keep_address(delivery, address_hash)
    return delivery


def _decide_instead(delivery: Delivery, **decided: object) -> None:
    """Record another decision over a claim that was left open; one with a change is left to the sweep."""
    if delivery.outcome != Outcome.CLAIMED or delivery.change:
        return
    if not _abandoned(delivery).update(**decided, fact=None):
        raise TransientError(BEING_SENT)


def _abandoned(delivery: Delivery) -> QuerySet[Delivery]:
    """Select the row if its claim was released or its process died."""
    return Delivery.objects.filter(_is_open(timezone.now()), pk=delivery.pk)


def _is_open(now: datetime) -> Q:
    """Return the condition of claims that were released, or whose process died."""
    return Q(outcome=Outcome.CLAIMED) & (Q(claimed_at__lt=now - CLAIM_LASTS) | Q(reason=UNREACHABLE))


def _finish(delivery: Delivery, **outcome: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=timezone.now(), **outcome)


def _identify(planned: PlannedNotification) -> dict[str, str]:
    return {
        "change_id": planned.change.change_id,
        "recipient_id": planned.recipient.recipient_id,
        "transport": planned.transport.name,
    }


def _describe(planned: PlannedNotification, address_hash: str) -> dict[str, Any]:
    return {
        "shipment_id": planned.change.shipment_id,
        "trigger": planned.trigger.value,
        "occurred_at": planned.change.occurred_at,
        "address_hash": address_hash,
    }
