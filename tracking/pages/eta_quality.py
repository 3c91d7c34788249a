"""`/eta-quality/`: the public page on how good arrival windows have been."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation

from tracking.api.conditional import make_etag, matches_etag
from tracking.api.limits import count_public_read
from tracking.api.methods import read_only
from tracking.api.public import CACHE_CONTROL
from tracking.eta.conformal import MAX_FACTOR
from tracking.pages.indian_numbers import group_digits
from tracking.pages.links import render_notice
from tracking.pages.texts import list_sentences, render_text
from tracking.ports import ports
from tracking.services.reading.eta_quality import (
    WEEKS,
    EtaQuality,
    HourFigures,
    LengthFigures,
    QualityFigures,
    SubjectQuality,
    WeekFigures,
    WindowWidening,
    read_eta_quality,
)
from tracking.translation import find_language

DASH = "–"
# Percentage points below the goal that chance alone may cause.
TOLERANCE_PCT = 3.0
# From ten hours on minutes are left out.
WHOLE_HOURS_FROM_MIN = 600.0


class Row(NamedTuple):
    """Row of a table, or the figures of a whole subject, as texts; `share` is the bar, 0 to 100."""

    label: str
    n: str
    inside: str
    share: float | None
    tone: str
    error: str
    width: str
    kept: str


@read_only
def show(request: HttpRequest) -> HttpResponse:
    """Answer with the page in the language of `?lang=`, without cookies, so that every cache may keep it."""
    language = find_language(request.GET.get("lang", "").lower())
    with translation.override(language):
        left_s = count_public_read(ports().counter, request.META.get("REMOTE_ADDR", ""))
        if left_s is not None:
            refused = render_notice(request, "limited", status=429, lead="limited.reads")
            refused["Retry-After"] = str(left_s)
            return refused
        context = describe_quality(read_eta_quality(ports().lanes, timezone.now()))
        page = render_to_string("tracking/eta_quality.html", context, request)
    headers = {"Cache-Control": CACHE_CONTROL, "ETag": make_etag(page.encode())}
    if matches_etag(request, headers["ETag"]):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(page, headers=headers)


def describe_quality(quality: EtaQuality) -> dict[str, Any]:
    """Return the texts of the page in the language of the request."""
    goal = f"{quality.goal_pct:g}"
    return {
        "h1": render_text("quality.h1"),
        "lead": render_text("quality.lead", n=WEEKS),
        "goal": quality.goal_pct,
        "goal_text": render_text("quality.inside.whole", goal=goal),
        "subjects": [
            _describe_subject("deliveries", quality.deliveries, quality),
            _describe_subject("legs", quality.legs, quality),
        ],
        "widening_lead": render_text("quality.widening.lead", most=f"{100 * (MAX_FACTOR - 1):.0f}"),
        "widening": [_describe_widening(widening) for widening in quality.widening],
        "reading": list_sentences(render_text("quality.read.text", goal=goal, n=quality.least_n)),
    }


def _describe_subject(name: str, subject: SubjectQuality, quality: EtaQuality) -> dict[str, Any]:
    """Return the texts of a subject; too few predictions give `few_text` and no tables of dashes."""

    def describe(parts: Iterable[QualityFigures]) -> list[Row]:
        return [_describe_row(_label(part), part, quality.goal_pct) for part in parts]

    total = subject.total
    is_enough = total.n >= quality.least_n
    return {
        "name": name,
        "title": render_text(f"quality.{name}"),
        "lead": render_text(f"quality.{name}.lead"),
        "has_promises": name == "deliveries",
        "few_text": "" if is_enough else render_text("quality.few", count=total.n, n=quality.least_n),
        "total": _describe_row("", total, quality.goal_pct),
        "error": DASH if total.error_pct is None else _describe_error(total.error_min, total.error_pct),
        "tables": [
            _describe_table("length", describe(subject.by_length)),
            _describe_table("week", describe(week for week in reversed(subject.by_week) if week.n)),
            _describe_table("hour", describe(subject.by_hour)),
        ]
        if is_enough
        else [],
    }


def _describe_table(name: str, rows: list[Row]) -> dict[str, Any]:
    title, column = render_text(f"quality.by.{name}"), render_text(f"quality.{name}")
    return {"name": name, "title": title, "column": column, "rows": rows}


def _describe_row(label: str, figures: QualityFigures, goal_pct: float) -> Row:
    coverage = figures.coverage_pct
    is_short = coverage is not None and coverage < goal_pct - TOLERANCE_PCT
    return Row(
        label=label,
        n=group_digits(figures.n),
        inside=_percent(coverage),
        share=coverage,
        tone="warn" if is_short else "good",
        error=_span(figures.error_min),
        width=_span(figures.width_min),
        kept=_percent(figures.kept_pct),
    )


def _label(part: QualityFigures) -> str:
    match part:
        case LengthFigures():
            return _length(part.from_min, part.to_min)
        case WeekFigures():
            return _monday(part.week)
        case HourFigures():
            return f"{part.hour:02d}:00"
    return ""


def _length(low: float, high: float | None) -> str:
    if high is None:
        return render_text("quality.length.over", low=f"{low:g}")
    code = "between" if low else "under"
    return render_text(f"quality.length.{code}", low=f"{low:g}", high=f"{high:g}")


def _monday(week: str) -> str:
    """Return the first day of an ISO week such as `2026-W48`, as `23 Nov`."""
    year, _, number = week.partition("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    return f"{monday.day} {render_text('months').split()[monday.month - 1]}"


def _percent(percent: float | None) -> str:
    return DASH if percent is None else render_text("quality.percent", n=f"{percent:.0f}")


def _span(minutes: float | None) -> str:
    if minutes is None:
        return DASH
    if minutes >= WHOLE_HOURS_FROM_MIN:
        return render_text("quality.span.hours", h=round(minutes / 60))
    hours, rest = divmod(round(minutes), 60)
    unit = ("h" if rest else "hours") if hours else "min"
    return render_text(f"quality.span.{unit}", h=hours, n=rest)


def _describe_error(error_min: float | None, error_pct: float) -> str:
    return render_text("quality.error.share", span=_span(error_min), percent=f"{error_pct:.0f}")


def _describe_widening(widening: WindowWidening) -> dict[str, str]:
    def describe(percent: float) -> str:
        if percent:
            return render_text("quality.widening.by", n=f"{percent:g}")
        return render_text("quality.widening.none")

    return {
        "label": _length(widening.from_min, widening.to_min),
        "departure": describe(widening.departure_pct),
        "under_way": describe(widening.under_way_pct),
    }
