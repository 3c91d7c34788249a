"""Audit of staff: each write of a service names its role and leaves an entry in the same transaction."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction

from tracking.models import StaffAction
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Verb, require_role

P = ParamSpec("P")
R = TypeVar("R")
Write = Callable[Concatenate[Staff, P], R]

SUBJECT_LENGTH, REASON_LENGTH = 120, 200
# Every decorated service, by its verb.
STAFF_WRITES: dict[Verb, Callable[..., Any]] = {}
_entries: ContextVar[list[StaffAction] | None] = ContextVar("entries", default=None)


class NotAuditedError(RuntimeError):
    """Raised for an entry outside of a write by staff, or a write that leaves no entry."""


def staff_write(verb: Verb) -> Callable[[Write[P, R]], Write[P, R]]:
    """Make a service a write by staff: it checks the role, then runs in one transaction with its entry.

    The service takes the `Staff` as its first argument and calls `record_action()`. Raises
    `RoleRefusedError` for a lower role, and `NotAuditedError`, which undoes the write, if no entry was made.
    """

    def decorate(write: Write[P, R]) -> Write[P, R]:
        @wraps(write)
        def audited(staff: Staff, /, *args: P.args, **kwargs: P.kwargs) -> R:
            require_role(staff.role, verb)
            token = _entries.set([])
            try:
                with transaction.atomic():
                    answer = write(staff, *args, **kwargs)
                    if not _entries.get():
                        raise NotAuditedError(f"{verb} left no entry in the audit log")
                    return answer
            finally:
                _entries.reset(token)

        STAFF_WRITES[verb] = audited
        return audited

    return decorate


def record_action(
    staff: Staff, verb: Verb, subject: str, *, shipment_id: str = "", reason: str = "", **values: Any
) -> StaffAction:
    """Add an entry for the running write, and return it.

    `values` are `before` and `after`, which hold no personal data, and `at`, by default the clock's time.

    Raises `NotAuditedError` outside of a service with `@staff_write`.
    """
    entries = _entries.get()
    if entries is None:
        raise NotAuditedError("An entry belongs to a write by staff.")
    entry = StaffAction.objects.create(
        actor=staff.actor,
        role=staff.role.group,
        verb=verb,
        subject=subject[:SUBJECT_LENGTH],
        shipment_id=shipment_id,
        reason=reason[:REASON_LENGTH],
        request_id=staff.request_id,
        **values,
    )
    entries.append(entry)
    return entry


@staff_write(Verb.ADMINISTER)
def record_administration(
    staff: Staff, subject: str, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Add the entry of a change that Django's admin makes; its transaction is that of the whole request."""
    record_action(staff, Verb.ADMINISTER, subject, before=before, after=after)
