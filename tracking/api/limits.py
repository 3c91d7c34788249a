"""Rate limits: requests per minute by key and kind, or by client address, over all processes."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import structlog
from rest_framework.exceptions import Throttled

from tracking import metrics
from tracking.counter_ports import Counted, RequestCounter
from tracking.domain.errors import TransientError
from tracking.limits import (
    KEY_READS_PER_MINUTE,
    KEY_REPORTS_PER_MINUTE,
    KEY_WRITES_PER_MINUTE,
    PUBLIC_READS_PER_MINUTE,
    WINDOW_S,
)
from tracking.models import ApiKey
from tracking.network import name_client
from tracking.services.requests.usage import name_count

Kind = Literal["read", "write", "ingest"]
PER_MINUTE: dict[Kind, int] = {
    "read": KEY_READS_PER_MINUTE,
    "write": KEY_WRITES_PER_MINUTE,
    "ingest": KEY_REPORTS_PER_MINUTE,
}

log = structlog.get_logger()


def count_request(counter: RequestCounter | None, key: ApiKey, kind: Kind, today: date) -> dict[str, str]:
    """Count a request of this key; return the headers with what is left of the limit.

    Raises `Throttled` beyond the limit. When the counter cannot be reached the request passes without headers
    and a metric is emitted: a lost counter must not close the API.
    """
    tally = {name_count(key.partner_id, today, "requests", livemode=key.livemode): 1}
    counted = _count(counter, f"{key.key_id}:{kind}", tally)
    if counted is None:
        return {}
    number, left_s = counted
    limit = PER_MINUTE[kind] * key.limit_factor
    if number > limit:
        throttled = Throttled(wait=left_s)
        throttled.limit_headers = describe_limit(limit, number, left_s)  # type: ignore[attr-defined]
        raise throttled
    return describe_limit(limit, number, left_s)


def describe_limit(limit: int, number: int, left_s: int) -> dict[str, str]:
    """Return the headers of the IETF draft on rate limits, and the older `X-RateLimit` ones."""
    remaining = max(0, limit - number)
    return {
        "RateLimit-Policy": f'"default";q={limit};w={WINDOW_S}',
        "RateLimit": f'"default";r={remaining};t={left_s}',
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(left_s),
    }


def count_public_read(counter: RequestCounter | None, address: str) -> int | None:
    """Count a read of the public answer from this client address.

    Return None within the limit, else the seconds until it may be read again. Calls no server: reads of the
    last second in other processes are not known yet.
    """
    if counter is None:
        return None
    counted = counter.count_soon(f"public:{name_client(address)}", WINDOW_S)
    return None if counted.number <= PUBLIC_READS_PER_MINUTE else counted.left_s


def _count(counter: RequestCounter | None, name: str, tally: Mapping[str, int]) -> Counted | None:
    if counter is None:
        return None
    try:
        return counter.count(name, WINDOW_S, tally)
    except TransientError as error:
        metrics.emit(metrics.ANSWER_UNCOUNTED, 1)
        log.warning("answer", outcome="uncounted", error=str(error))
        return None
