"""Search box of the console's bar: groups of results while people type, and a page of them on Enter.

The text comes by POST, since it may be a phone number and addresses are kept in logs.
"""

import re
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from tracking.pages.staff import staff_only
from tracking.services.operations.console_search import (
    MAX_COUNTED,
    MAX_TYPED,
    Found,
    FoundGroup,
    Kind,
    list_found,
    search_console,
)

LABELS: dict[Kind, str] = {
    "shipment": "Shipments",
    "phone": "Shipments to this phone number",
    "vehicle": "Vehicles",
    "hub": "Hubs",
    "pin_code": "Shipments to this PIN code",
    "incident": "Incidents",
}
# Number of a row, at most 18 digits: it fits the database's integers.
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")


class ShownFound(NamedTuple):
    """Result with the address of its page."""

    found: Found
    href: str


class ShownGroup(NamedTuple):
    """Results of one kind with their heading."""

    label: str
    kind: Kind
    shown: list[ShownFound]
    is_cut: bool
    total: int

    @property
    def all_text(self) -> str:
        """Words of the button that lists all results."""
        return ("" if self.total > MAX_COUNTED else "All ") + _say_count(self.total)

    @property
    def part_text(self) -> str:
        """Number shown here and of all, such as `5 of 42`; empty for all."""
        of = f"more than {MAX_COUNTED:,}" if self.total > MAX_COUNTED else f"{self.total}"
        return f"{len(self.shown)} of {of}" if self.is_cut else ""


@staff_only
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Render the results; without htmx an exact or the only one redirects to its page.

    With `kind` all results of that kind are listed, newest first, by pages.
    """
    typed = request.POST.get("q", "")[:MAX_TYPED].replace("\x00", "")
    staff = request.staff
    kind = next((kind for kind in LABELS if kind == request.POST.get("kind")), None)
    if kind:
        return _show_all(request, typed, kind)
    groups = [_show_group(group) for group in search_console(staff.role, staff.scope, typed)]
    context = {
        "typed": typed,
        "groups": groups,
        "count": _say_count(sum(group.total for group in groups)),
    }
    if request.htmx:
        return render(request, "ops/search_answer.html", context)
    href = _find_only(groups)
    return redirect(href) if href else render(request, "ops/search.html", context)


def _say_count(total: int) -> str:
    if total > MAX_COUNTED:
        return f"More than {MAX_COUNTED:,} results"
    return "1 result" if total == 1 else f"{total} results"


def _show_all(request: HttpRequest, typed: str, kind: Kind) -> HttpResponse:
    """Render a page of all results of one kind."""
    given = request.POST.get("before", "")
    before = int(given) if _ROW_NUMBER.fullmatch(given) else None
    found = list_found(request.staff.role, request.staff.scope, typed, kind, before)
    group = _show_group(found.group)
    context = {"typed": typed, "group": group, "older": found.older, "is_first": before is None}
    return render(request, "ops/search_list.html", context)


def _find_only(groups: list[ShownGroup]) -> str:
    """Return the address of the only exact result, else of the only result; empty without any such."""
    shown = [each for group in groups for each in group.shown]
    exact = [each for each in shown if each.found.is_exact]
    for candidates in (exact, shown):
        if len(candidates) == 1:
            return candidates[0].href
    return ""


def _show_group(group: FoundGroup) -> ShownGroup:
    shown = [ShownFound(found, _find_href(group.kind, found)) for found in group.found]
    return ShownGroup(LABELS[group.kind], group.kind, shown, group.is_cut, group.total)


def _find_href(kind: Kind, found: Found) -> str:
    match kind:
        case "vehicle":
            return f"{reverse('ops:vehicles')}?{urlencode({'q': found.key})}"
        case "hub":
            return f"{reverse('ops:incidents')}?{urlencode({'hub': found.key})}"
        case "incident" if not found.shipment_id:
            return f"{reverse('ops:incidents')}?{urlencode({'code': found.code})}"
    return reverse("ops:shipment", args=[found.shipment_id or found.key])
