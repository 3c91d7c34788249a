"""`/ops/audit/`: the audit log, newest first. Operators see their own entries, supervisors all in scope."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.pages.staff import staff_may
from tracking.services.reading.staff_scope import visible_actions
from tracking.services.requests.roles import Verb, may

PAGE_SIZE = 100
# Number of a row, at most 18 digits: it fits the database's integers.
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")


@staff_may(Verb.READ_OWN_ACTIONS)
def show_audit(request: HttpRequest) -> HttpResponse:
    """List the entries; `before` is the id of the last one of the page before."""
    staff = request.staff
    rows = visible_actions(staff.scope, staff.actor)
    sees_all = may(staff.role, Verb.READ_ALL_ACTIONS)
    if not sees_all:
        rows = rows.filter(actor=staff.actor)
    before = request.GET.get("before", "")
    if _ROW_NUMBER.fullmatch(before):
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE_SIZE + 1])
    context = {
        "actions": found[:PAGE_SIZE],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "sees_all": sees_all,
    }
    return render(request, "ops/audit.html", context)
