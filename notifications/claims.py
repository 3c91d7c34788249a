"""Who may tell what: a row claimed before anything is sent, so that of two who try one wins."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notifications.domain import Telling
from notifications.models import Delivery
from tracking.domain.errors import TransientError

# Past this a claim without an outcome is abandoned: its owner died between claiming and marking.
CLAIM_LASTS = timedelta(seconds=60)
# The reason a claim is given back with: whoever comes next need not wait for it to grow old.
UNREACHABLE = "unreachable"

Outcome = Delivery.Outcome


def claim(telling: Telling) -> Delivery | None:
    """The row that is now ours to send; None when it was told or decided before.

    Raises `TransientError` while somebody else holds a fresh claim: nobody knows yet how that ends.
    """
    try:
        with transaction.atomic():
            return Delivery.objects.create(
                **_effect(telling), **_about(telling), fact=telling.fact, attempts=1
            )
    except IntegrityError:
        return _claim_again(telling)


def keep_silent(telling: Telling, reason: str) -> None:
    """Keep the decision to send nothing, unless the change was decided before; the fact stays untold."""
    silence = {"outcome": Outcome.SUPPRESSED, "reason": reason, "finished_at": timezone.now()}
    delivery, made = Delivery.objects.get_or_create(**_effect(telling), defaults=_about(telling) | silence)
    if not made:
        _abandoned(delivery).update(**silence, fact=None)


def mark_sent(delivery: Delivery, provider_id: str) -> None:
    """The provider has taken the message and calls it `provider_id`."""
    _finish(delivery, outcome=Outcome.SENT, provider_id=provider_id, reason="")


def mark_failed(delivery: Delivery, reason: str) -> None:
    """The provider will never take it; the fact stays untold, so that another change may try."""
    _finish(delivery, outcome=Outcome.FAILED, reason=reason, fact=None)


def give_back(delivery: Delivery) -> None:
    """The provider could not be reached; the claim is free for whoever comes next."""
    Delivery.objects.filter(pk=delivery.pk, outcome=Outcome.CLAIMED).update(reason=UNREACHABLE)


def _claim_again(telling: Telling) -> Delivery | None:
    delivery = Delivery.objects.filter(**_effect(telling)).first()
    if delivery is None:
        # Another change has told the same fact, or is telling it.
        keep_silent(telling, "not_first")
        return None
    if delivery.outcome != Outcome.CLAIMED:
        return None
    taken = _abandoned(delivery).update(claimed_at=timezone.now(), reason="", attempts=F("attempts") + 1)
    if not taken:
        raise TransientError("somebody else is telling it")
    return delivery


def _abandoned(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, if it is a claim whose owner has given it back or is dead."""
    old = Q(claimed_at__lt=timezone.now() - CLAIM_LASTS)
    return Delivery.objects.filter(old | Q(reason=UNREACHABLE), pk=delivery.pk, outcome=Outcome.CLAIMED)


def _finish(delivery: Delivery, **outcome: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=timezone.now(), **outcome)


def _effect(telling: Telling) -> dict[str, str]:
    return {
        "change_id": telling.change.change_id,
        "recipient_id": telling.recipient.recipient_id,
        "transport": telling.transport,
    }


def _about(telling: Telling) -> dict[str, str]:
    return {"shipment_id": telling.change.shipment_id, "trigger": telling.trigger.value}
