"""Rate limits: requests per minute by key and kind, counted for all processes together."""

from datetime import date
from typing import Literal

import structlog
from rest_framework.exceptions import Throttled

from tracking import metrics
from tracking.domain.errors import TransientError
from tracking.models import ApiKey
from tracking.ports import RequestCounter
from tracking.services.requests.usage import name_count

Kind = Literal["read", "write", "ingest"]
PER_MINUTE: dict[Kind, int] = {"read": 600, "write": 300, "ingest": 1200}
WINDOW_S = 60

log = structlog.get_logger()


def count_request(counter: RequestCounter | None, key: ApiKey, kind: Kind, today: date) -> dict[str, str]:
    """Count a request of this key; return the headers with what is left of the limit.

    Raises `Throttled` beyond the limit. When the counter cannot be reached the request passes without headers
    and a metric is emitted: a lost counter must not close the API.
    """
    if counter is None:
        return {}
    tally = {name_count(key.partner_id, today, "requests", livemode=key.livemode): 1}
    try:
        number, left_s = counter.count(f"{key.key_id}:{kind}", WINDOW_S, tally)
    except TransientError as error:
        metrics.emit(metrics.ANSWER_UNCOUNTED, 1)
        log.warning("answer", outcome="uncounted", error=str(error))
        return {}
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
