"""`/ops/audit/`: the audit log with filters. Operators see their own entries, supervisors all in scope."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.code_texts import CODE_TEXTS, say_code
from tracking.domain.indian_time import INDIA
from tracking.domain.typed_text import strip_invisible
from tracking.models import StaffAction
from tracking.pages.audit_words import ACTOR, list_in_words
from tracking.pages.staff import staff_may
from tracking.services.reading.staff_scope import visible_actions
from tracking.services.requests.audit import STAFF_WRITES
from tracking.services.requests.roles import Verb, may
from tracking.services.requests.staff_accounts import PREFIX, list_accounts

PAGE_SIZE = 100
MAX_QUERY = 64
# Number of a row, at most 18 digits: it fits the database's integers.
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")
# Objects that are an account are stored as one of these and its number.
_ACCOUNT_KINDS = ("auth.user ", f"account {PREFIX}")


class AuditFilter(NamedTuple):
    """Filters of the address; an empty one admits all. `subject` are words of the object, as rows show it."""

    person: str = ""
    verb: str = ""
    day: date | None = None
    subject: str = ""


@staff_may(Verb.READ_OWN_ACTIONS)
def show_audit(request: HttpRequest) -> HttpResponse:
    """List the entries; `before` is the id of the last one of the page before."""
    staff = request.staff
    rows = visible_actions(staff.scope, staff.actor)
    sees_all = may(staff.role, Verb.READ_ALL_ACTIONS)
    if not sees_all:
        rows = rows.filter(actor=staff.actor)
    wanted = read_filter(request)
    rows = _filter(rows, wanted)
    before = request.GET.get("before", "")
    if _ROW_NUMBER.fullmatch(before):
        rows = _go_on_after(rows, int(before))
    found = list(rows.order_by("-at", "-pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    context = {
        "actions": list_in_words(shown, may_administer=request.user.is_superuser),
        "wanted": wanted,
        "is_filtered": any(wanted),
        "people": list_accounts() if sees_all else [],
        "verbs": [(verb, say_code("verb", verb)) for verb in Verb if verb in STAFF_WRITES],
        "older": _make_address(wanted, shown[-1].pk) if len(found) > PAGE_SIZE else "",
        "sees_all": sees_all,
    }
    return render(request, "ops/audit.html", context)


def read_filter(request: HttpRequest) -> AuditFilter:
    """Return the filters of the address; what cannot be read counts as empty."""
    person, verb, day = (request.GET.get(name, "") for name in ("person", "verb", "day"))
    return AuditFilter(
        person if ACTOR.fullmatch(person) else "",
        verb if verb in list(STAFF_WRITES) else "",
        _read_day(day),
        strip_invisible(request.GET.get("subject", "")).replace("\x00", "")[:MAX_QUERY],
    )


def _filter(rows: QuerySet[StaffAction], wanted: AuditFilter) -> QuerySet[StaffAction]:
    if wanted.person:
        rows = rows.filter(actor=wanted.person)
    if wanted.verb:
        rows = rows.filter(verb=wanted.verb)
    if wanted.day:
        start = datetime.combine(wanted.day, time(), INDIA)
        rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
    for word in wanted.subject.replace(",", " ").split():
        rows = rows.filter(_find_in_object(word))
    return rows


def _find_in_object(word: str) -> Q:
    """Return the condition that the object of an entry has a word, in its id or in the words of its row."""
    found = Q(shipment_id__iexact=word) | Q(subject__icontains=word) | Q(after__object__icontains=word)
    named = [actor.removeprefix(PREFIX) for actor, name in list_accounts() if word.lower() in name.lower()]
    found |= Q(subject__in=[kind + row for kind in _ACCOUNT_KINDS for row in named])
    if word.lower() in "account":
        found |= Q(subject__startswith=_ACCOUNT_KINDS[0])
    for code, text in CODE_TEXTS["incident"].items():
        if word.lower() in text.lower():
            found |= Q(subject__endswith=f" {code}")
    return found


def _go_on_after(rows: QuerySet[StaffAction], before: int) -> QuerySet[StaffAction]:
    """Return the entries that follow this one in the order of the page."""
    last = StaffAction.objects.filter(pk=before).first()
    return rows.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)) if last else rows


def _make_address(wanted: AuditFilter, before: int) -> str:
    given: dict[str, Any] = wanted._asdict() | {"before": before}
    return "?" + urlencode({name: value for name, value in given.items() if value})


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    # The calendar has no day beside its first and last one, which a day of another time zone may need.
    return day if date.min < day < date.max else None
