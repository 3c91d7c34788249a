"""Verdict of a webhook attempt: delivered, to be repeated, or the endpoint is gone."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# An endpoint whose attempts have all failed for this time is disabled.
DISABLED_AFTER = timedelta(days=5)


class Fault(StrEnum):
    """Reason why an attempt has no answer; stored with the attempt."""

    ADDRESS_REFUSED = "address_refused"
    NAME_UNKNOWN = "name_unknown"
    NO_CONNECTION = "no_connection"
    NO_TLS = "no_tls"
    NO_HTTP = "no_http"
    TIMEOUT = "timeout"


class Answer(NamedTuple):
    """Answer of an endpoint: HTTP status, `Retry-After` header or None, first bytes of the body.

    Without an answer `status` is 0 and `fault` says why.
    """

    status: int
    retry_after: str | None = None
    body: bytes = b""
    fault: Fault | None = None


class Verdict(StrEnum):
    """Consequence of an answer."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"


def judge(answer: Answer) -> Verdict:
    """Return the verdict of an answer: 2xx is delivered, 410 means gone; a redirect is a failure."""
    if answer.fault is None and 200 <= answer.status < 300:
        return Verdict.DELIVERED
    if answer.fault is None and answer.status == 410:
        return Verdict.GONE
    return Verdict.RETRY


def has_failed_too_long(failing_since: datetime | None, now: datetime) -> bool:
    """Return whether an endpoint is to be disabled.

    `failing_since` is the time of its first failure since its last success, None if it has not failed since.
    An endpoint to which nothing is sent does not fail.
    """
    return failing_since is not None and now - failing_since >= DISABLED_AFTER
