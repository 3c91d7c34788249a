"""Outcome of an attempt: the log, the next attempt, and the health of the endpoint."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from notifications.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.webhooks.rules.schedule import find_next_attempt, parse_retry_after
from notifications.webhooks.rules.verdicts import Answer, Verdict, has_failed_too_long, judge

# Bytes of an answer that are stored.
STORED_BYTES = 1024

Outcome = WebhookDelivery.Outcome
DisabledReason = WebhookEndpoint.DisabledReason


class Attempt(NamedTuple):
    """Attempt that was made: aware times of its start and end, and its answer."""

    started_at: datetime
    ended_at: datetime
    answer: Answer


class Ended(NamedTuple):
    """Attempt of a claimed delivery, and a random number from 0 to 1 for the jitter of the next one."""

    claimed: WebhookDelivery
    attempt: Attempt
    draw: float


def record_attempt(claimed: WebhookDelivery, attempt: Attempt, draw: float) -> DisabledReason | None:
    """Record one attempt; see `record_attempts`."""
    return record_attempts([Ended(claimed, attempt, draw)])[0]


def record_attempts(ended: Sequence[Ended]) -> list[DisabledReason | None]:
    """Record attempts of claimed deliveries, in one transaction; return why their endpoints are now disabled.

    The reason is None if the endpoint stays as it was, and also if the claim has ended meanwhile: another
    process then makes the attempt again and records it. The same holds if the endpoint was deleted.
    """
    with transaction.atomic():
        # In one order, so that two processes never wait for each other.
        locked = WebhookEndpoint.objects.select_for_update().order_by("pk")
        endpoints = {
            one.pk: one for one in locked.filter(pk__in={each.claimed.endpoint_id for each in ended})
        }
        reasons: list[DisabledReason | None] = []
        stored = []
        for each in ended:
            endpoint = endpoints.get(each.claimed.endpoint_id)
            verdict = judge(each.attempt.answer)
            if endpoint is None or not _finish(each.claimed, each.attempt, verdict, each.draw):
                reasons.append(None)
                continue
            stored.append(_make_log(each.claimed, each.attempt))
            reasons.append(_record_health(endpoint, verdict, each.attempt.ended_at))
        WebhookAttempt.objects.bulk_create(stored)
        return reasons


def _finish(claimed: WebhookDelivery, attempt: Attempt, verdict: Verdict, draw: float) -> bool:
    """Store the outcome of the delivery unless its claim has ended; return whether it was stored."""
    made, ended_at = claimed.attempts + 1, attempt.ended_at
    wait = parse_retry_after(attempt.answer.retry_after, ended_at)
    in_schedule = made - claimed.attempts_before
    retries = verdict is Verdict.RETRY
    next_attempt_at = find_next_attempt(in_schedule, ended_at, draw, wait) if retries else None
    outcome = Outcome.FAILED if next_attempt_at is None else Outcome.WAITING
    if verdict is Verdict.DELIVERED:
        outcome = Outcome.DELIVERED
    held = WebhookDelivery.objects.filter(pk=claimed.pk, claim=claimed.claim, outcome=Outcome.WAITING)
    stored = held.update(
        attempts=made,
        outcome=outcome,
        next_attempt_at=next_attempt_at,
        finished_at=None if next_attempt_at else ended_at,
        claim="",
        claimed_until=None,
    )
    return bool(stored)


def _make_log(claimed: WebhookDelivery, attempt: Attempt) -> WebhookAttempt:
    answer = attempt.answer
    text = answer.body[:STORED_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return WebhookAttempt(
        delivery=claimed,
        number=claimed.attempts + 1,
        started_at=attempt.started_at,
        duration_ms=max(attempt.ended_at - attempt.started_at, timedelta(0)) // timedelta(milliseconds=1),
        status=answer.status,
        fault=answer.fault or "",
        answer=text,
    )


def _record_health(endpoint: WebhookEndpoint, verdict: Verdict, now: datetime) -> DisabledReason | None:
    """Update the health of a locked endpoint; return the reason if this disables it."""
    if endpoint.disabled_at is not None:
        return None
    before = endpoint.failing_since
    endpoint.failing_since = None if verdict is Verdict.DELIVERED else (before or now)
    reason = None
    if verdict is Verdict.GONE:
        reason = DisabledReason.GONE
    elif has_failed_too_long(endpoint.failing_since, now):
        reason = DisabledReason.FAILED_TOO_LONG
    if reason is not None:
        endpoint.disabled_at, endpoint.disabled_reason = now, reason
        drop_waiting(endpoint, now)
    if reason is not None or endpoint.failing_since != before:
        endpoint.save(update_fields=["failing_since", "disabled_at", "disabled_reason"])
    return reason


def drop_waiting(endpoint: WebhookEndpoint, now: datetime) -> int:
    """Give up the waiting deliveries of an endpoint that was disabled; return their number."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, outcome=Outcome.WAITING)
    return waiting.update(outcome=Outcome.DROPPED, next_attempt_at=None, finished_at=now)
