"""`/status/`: the public page on latency, availability and incidents of the platform."""

import math
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation

from tracking.api.conditional import make_etag, matches_etag
from tracking.api.limits import count_public_read
from tracking.api.methods import read_only
from tracking.api.public import CACHE_CONTROL
from tracking.domain.indian_time import date_in_india
from tracking.pages.indian_numbers import group_digits
from tracking.pages.indian_time import format_clock, format_date, format_moment, format_span
from tracking.pages.links import render_notice
from tracking.pages.texts import list_sentences, render_text
from tracking.ports import ports
from tracking.services.operations.fleet import is_stream_late
from tracking.services.reading.platform_status import (
    AVAILABILITY_GOAL,
    SHARED_STATUS,
    SLOW_MS,
    PeriodStatus,
    PlatformStatus,
    StatusIncident,
)
from tracking.services.reading.public_alarms import Verdict, find_worst
from tracking.translation import find_language

MINUTES_FROM_MS = 120_000.0
# With these verdicts nothing goes wrong now.
CALM = ("good", "empty")


class Period(NamedTuple):
    """Texts of a period; each is "No data" where nothing was measured."""

    name: str
    title: str
    half: str
    most: str
    nearly: str
    updates: str
    answered: str
    answered_of: str
    since: str


@read_only
def show(request: HttpRequest) -> HttpResponse:
    """Answer with the page in the language of `?lang=`, without cookies, so that every cache may keep it.

    It is answered whatever of the platform cannot be reached; then it says that it has no figures.
    """
    with translation.override(find_language(request.GET.get("lang", "").lower())):
        left_s = count_public_read(ports().counter, request.META.get("REMOTE_ADDR", ""))
        if left_s is not None:
            refused = render_notice(request, "limited", status=429, lead="limited.reads")
            refused["Retry-After"] = str(left_s)
            return refused
        now = timezone.now()
        is_late = is_stream_late(ports(), now)
        status = SHARED_STATUS.read(ports().receipts, ports().alarms, now)
        context = describe_status(status, is_late=is_late)
        page = render_to_string("tracking/status.html", context, request)
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": make_etag(page.encode())}
    if matches_etag(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(page, headers=headers)


def describe_status(status: PlatformStatus | None, *, is_late: bool = False) -> dict[str, Any]:
    """Return the texts of the page in the language of the request; None is a status that cannot be read.

    `is_late` says that the stream is not read right now: then nothing that was measured holds any more.
    """
    verdict = "late" if is_late else find_worst(_judge(status), status.alarms if status else ())
    sentence = render_text(f"platform.now.{verdict}")
    context: dict[str, Any] = {
        "h1": render_text("platform.h1"),
        "verdict": sentence,
        "tone": {"good": "good", "empty": "quiet", "unread": "quiet"}.get(verdict, "warn"),
        "reading": list_sentences(render_text("platform.read.text")),
        "periods": [],
        "incidents": [],
        "no_incidents": render_text("platform.incidents.unknown"),
    }
    if status is None:
        return context
    if verdict in CALM:
        nothing = render_text("platform.incidents.none" if status.day.since else "platform.no_data")
    else:
        nothing = sentence
    return context | {
        "as_of": render_text("platform.as_of", time=format_clock(status.read_at)),
        "periods": [
            _describe_period("hour", status.hour, status.read_at),
            _describe_period("day", status.day, status.read_at),
        ],
        "incidents": [_describe_incident(incident, status.read_at) for incident in status.incidents],
        "no_incidents": nothing,
    }


def _judge(status: PlatformStatus | None) -> Verdict:
    if status is None:
        return "unread"
    availability, screen = status.hour.availability, status.hour.stages["screen"]
    if availability is not None and availability < AVAILABILITY_GOAL:
        return "failed"
    if screen.p99_ms is None:
        return "empty"
    return "slow" if screen.p99_ms > SLOW_MS else "good"


def _describe_period(name: str, period: PeriodStatus, now: datetime) -> Period:
    screen = period.stages["screen"]
    since = period.since
    return Period(
        name=name,
        title=render_text(f"platform.{name}"),
        half=format_duration(screen.p50_ms),
        most=format_duration(screen.p95_ms),
        nearly=format_duration(screen.p99_ms),
        updates=group_digits(screen.items) if screen.items else render_text("platform.no_data"),
        answered=_format_share(period.availability),
        answered_of=render_text(
            "platform.of", good=group_digits(period.answered), all=group_digits(period.reads)
        )
        if period.reads
        else "",
        since=render_text("platform.since", moment=format_moment(since, now)) if since else "",
    )


def _describe_incident(incident: StatusIncident, now: datetime) -> dict[str, str]:
    worst, count = format_duration(incident.worst), group_digits(int(incident.worst))
    return {
        # The slot that it ends with may go on.
        "when": _format_hours(incident.begins_at, min(incident.ends_at, now)),
        "text": render_text(f"platform.{incident.kind}", span=worst, count=count),
    }


def _format_hours(begins_at: datetime, ends_at: datetime) -> str:
    if date_in_india(begins_at) == date_in_india(ends_at):
        return render_text("span.day", day=format_date(begins_at), span=format_span(begins_at, ends_at))
    ends = [
        render_text("moment", day=format_date(each), time=format_clock(each)) for each in (begins_at, ends_at)
    ]
    return render_text("span", **{"from": ends[0], "to": ends[1]})


def format_duration(span_ms: float | None) -> str:
    """Format as `0.2 s`, `12 s` or `3 min`, rounded up; "No data" for None."""
    if span_ms is None:
        return render_text("platform.no_data")
    if span_ms >= MINUTES_FROM_MS:
        return render_text("platform.minutes", n=math.ceil(span_ms / 60_000))
    tenths = math.ceil(span_ms / 100)
    return render_text(
        "platform.seconds", n=f"{tenths / 10:.1f}" if tenths < 100 else f"{math.ceil(tenths / 10)}"
    )


def _format_share(share: float | None) -> str:
    """Format a share as a percentage, rounded down: 100 % means that none has failed."""
    if share is None:
        return render_text("platform.no_data")
    return render_text("platform.percent", n=f"{math.floor(share * 10_000) / 100:g}")
