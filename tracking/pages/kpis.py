"""`/ops/kpis/`: key figures of ended shipments by day, hub, lane or partner, with formulas, and as CSV."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple, get_args
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.csv_files import format_table
from tracking.domain.indian_time import date_in_india
from tracking.domain.payload import is_id
from tracking.models import Hub, Partner
from tracking.pages.staff import staff_may, staff_only
from tracking.services.operations.day_figures import (
    MAX_SPAN,
    MIN_SAMPLES,
    Figures,
    FiguresFilter,
    FiguresRow,
    Grouping,
    add_up,
    find_counted_at,
    read_figures,
)
from tracking.services.operations.staff_reads import record_export
from tracking.services.requests.roles import Scope, Verb

GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
DAYS_SHOWN = 14


class Formula(NamedTuple):
    """Key figure with its unit, its formula, and the columns of the table `shipment` that it is made from."""

    name: str
    label: str
    unit: str
    formula: str
    source: str


FORMULAS = (
    Formula(
        "delivered",
        "Delivered",
        "",
        "shipments whose newest status is delivered, on the day it was reached (IST)",
        "status, status_at",
    ),
    Formula(
        "on_time_pct",
        "On time",
        "%",
        "delivered by the end of the promise ÷ delivered with a promise",
        "status_at, promised_to",
    ),
    Formula(
        "first_attempt_pct",
        "First attempt",
        "%",
        "delivered without a failed attempt before ÷ delivered",
        "attempts",
    ),
    Formula("returned_pct", "Returned", "%", "returned ÷ (delivered + returned)", "status"),
    Formula("rating", "Rating", "of 5", "sum of the ratings ÷ number of ratings", "rating"),
)


class PageQuery(NamedTuple):
    """Request of an address: the filter, the grouping, and the ids as they are written in the address."""

    wanted: FiguresFilter
    by: Grouping
    hub: str
    partner: str


class ShownRow(NamedTuple):
    """Row of the table: its label, and the figures as text in the order of the formulas."""

    label: str
    cells: list[str]


@staff_only
def show_kpis(request: HttpRequest) -> HttpResponse:
    """Show the table of the chosen grouping with its total."""
    query = read_query(request, datetime.now(UTC))
    rows = read_figures(request.staff.scope, query.wanted, query.by)
    total = add_up(rows) if rows else Figures()
    context = {
        "query": query,
        "groupings": [(by, by.capitalize(), _make_address(query._replace(by=by))) for by in GROUPINGS],
        "formulas": [(formula, _format(formula, total)) for formula in FORMULAS],
        "rows": [_show_row(row, query.by) for row in rows],
        "total": ShownRow("All", _format_all(total)) if rows else None,
        "counted_at": find_counted_at(query.wanted),
        "csv_query": _make_address(query),
        "least": MIN_SAMPLES,
        "longest": MAX_SPAN.days,
        **_list_options(request.staff.scope),
    }
    return render(request, "ops/kpis.html", context)


@staff_may(Verb.EXPORT)
def download_kpis(request: HttpRequest) -> HttpResponse:
    """Answer with the rows of the page as CSV: sums, and shares, empty for fewer than 30 samples."""
    query = read_query(request, datetime.now(UTC))
    first, last = query.wanted.first, query.wanted.last
    name = f"kpis-by-{query.by}-{first}-{last}.csv"
    shares = [formula.name for formula in FORMULAS if formula.name not in Figures._fields]
    rows = [
        [describe_key(row.key, query.by), *row.figures, *(getattr(row.figures, share) for share in shares)]
        for row in read_figures(request.staff.scope, query.wanted, query.by)
    ]
    table = format_table([query.by, *Figures._fields, *shares], rows)
    record_export(request.staff, f"key figures by {query.by}, {first} to {last}")
    response = HttpResponse(table, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def read_query(request: HttpRequest, now: datetime) -> PageQuery:
    """Return what the address asks for. Days that cannot be read and spans that are too long are replaced."""
    today = date_in_india(now)
    last = _read_day(request.GET.get("to", "")) or today
    first = _read_day(request.GET.get("from", "")) or _go_back(last, DAYS_SHOWN)
    first = max(min(first, last), _go_back(last, MAX_SPAN.days))
    by = next((by for by in GROUPINGS if by == request.GET.get("by")), "day")
    hub_id, partner_id = (request.GET.get(name, "")[:64] for name in ("hub", "partner"))
    hub = Hub.objects.filter(hub_id=hub_id).first() if is_id(hub_id) else None
    partner = Partner.objects.filter(partner_id=partner_id).first() if is_id(partner_id) else None
    wanted = FiguresFilter(first, last, hub.pk if hub else None, partner.pk if partner else None)
    return PageQuery(wanted, by, hub.hub_id if hub else "", partner.partner_id if partner else "")


def describe_key(key: tuple[Any, ...], by: Grouping) -> str:
    """Return the label of a row: the day, the hub, `BLR-PNY → MYS-HUB`, or the name of the partner."""
    if by == "day":
        return f"{key[0]:%Y-%m-%d}"
    if by == "partner":
        return key[1] or "not booked"
    return " → ".join(hub_id or "no hub" for hub_id in key)


def _show_row(row: FiguresRow, by: Grouping) -> ShownRow:
    label = f"{row.key[0]:%a %-d %b %Y}" if by == "day" else describe_key(row.key, by)
    return ShownRow(label, _format_all(row.figures))


def _format_all(figures: Figures) -> list[str]:
    return [_format(formula, figures) for formula in FORMULAS]


def _format(formula: Formula, figures: Figures) -> str:
    value = getattr(figures, formula.name)
    if value is None:
        return "–"
    return f"{value} %" if formula.unit == "%" else f"{value}"


def _make_address(query: PageQuery) -> str:
    wanted = query.wanted
    given = {
        "by": query.by,
        "from": wanted.first,
        "to": wanted.last,
        "hub": query.hub,
        "partner": query.partner,
    }
    return "?" + urlencode({name: value for name, value in given.items() if value})


def _go_back(last: date, days: int) -> date:
    """Return the first of so many days that end with `last`; the first day of all is the limit."""
    return date.fromordinal(max(1, last.toordinal() - days + 1))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _list_options(scope: Scope) -> dict[str, Any]:
    hubs, partners = Hub.objects.order_by("hub_id"), Partner.objects.order_by("name")
    return {
        "hubs": hubs.filter(pk__in=scope.hubs) if scope.hubs else hubs,
        "partners": partners.filter(pk__in=scope.partners) if scope.partners else partners,
    }
