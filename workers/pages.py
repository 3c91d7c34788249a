"""Pipeline page of the console: alarms, steps, shards, workers, queues, quarantine with replay."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from tracking.domain.errors import SwiftLogixError, TransientError
from tracking.pages.staff import find_signed_in, staff_may, staff_only
from tracking.ports import ports as tracking_ports
from tracking.services.reading.platform_status import SHARED_STATUS
from tracking.services.requests.roles import Verb, may
from workers.alarm_states import AlarmReport, State
from workers.health import (
    BUS_DEAD_LETTERS,
    UNROUTED,
    QueueHealth,
    ShardHealth,
    WorkerHealth,
    judge_lag,
    judge_queues,
    judge_shards,
    judge_workers,
)
from workers.local_traces import read_traces
from workers.pipeline_verdict import Seen, judge_pipeline
from workers.ports import ports
from workers.quarantine import group_by_reason
from workers.receipt_rows import ReceiptRow, list_receipt_rows
from workers.replay import Outcome
from workers.runbooks import read_runbook
from workers.staff_replay import replay_record
from workers.step_health import StepHealth, judge_steps, share_promise
from workers.step_lines import LINE_BOX, ZERO_LINE
from workers.stream_retention import find_raised_hours

View = Callable[[HttpRequest], HttpResponse]
T = TypeVar("T")

RECORDS_READ = 100
# States of alarms that are not on, in the order in which they are listed.
NOT_ON: tuple[State, ...] = ("INSUFFICIENT_DATA", "OK", "NO_SOURCE")
_MARK_LENGTH = 16
OUTCOMES: dict[Outcome, str] = {
    Outcome.RECORDED: "The record was processed; its events are on the timeline.",
    Outcome.REFUSED: "The record still cannot be read. It stays here.",
    Outcome.FAILED: "Our code still fails on the record. It stays here.",
    Outcome.MISSING: "The record is no longer here: somebody has replayed it, or its 30 days are over.",
}
AWAY = "A store does not answer. The record stays here; replay it again later."

log = structlog.get_logger()


def polled(view: View) -> View:
    """Restrict a part of the page to staff; for others the whole page redirects to sign-in."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        request.staff, sign_in_path = find_signed_in(request)
        if request.staff is None:
            return HttpResponseClientRedirect(f"{sign_in_path}?next={reverse('workers:pipeline')}")
        return view(request)

    guarded.verb = Verb.SEE
    return never_cache(guarded)


@staff_only
def show_pipeline(request: HttpRequest) -> HttpResponse:
    """Render the whole page; its parts poll for updates."""
    records = _render_records(request)
    context = _read_whole_now() | {"count": _read_count(), "records": records, "mark": _mark(records)}
    alarms = _render_alarms(request)
    return render(
        request, "workers/pipeline.html", context | {"alarms": alarms, "alarms_mark": _mark(alarms)}
    )


@polled
def show_now(request: HttpRequest) -> HttpResponse:
    """Render verdict, steps, totals, shards and queues."""
    context = _read_whole_now() | {"swapped": True}
    return render(request, "workers/pipeline_now.html", context)


@polled
def show_alarms(request: HttpRequest) -> HttpResponse:
    """Render the states of the alarms; answer 204 if nothing is new, so that reading is not disturbed."""
    alarms = _render_alarms(request)
    mark = _mark(alarms)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    return render(request, "workers/pipeline_alarms.html", {"alarms": alarms, "mark": mark})


@staff_only
def show_runbook(request: HttpRequest, name: str) -> HttpResponse:
    """Render the runbook of an alarm."""
    blocks = read_runbook(settings.BASE_DIR / "deploy" / "runbooks", name)
    if blocks is None:
        raise Http404("No such runbook.")
    return render(request, "workers/runbook.html", {"name": name, "blocks": blocks})


@polled
def show_quarantine(request: HttpRequest) -> HttpResponse:
    """Render the newest quarantined records; answer 204 if nothing is new, so text stays selected."""
    records = _render_records(request)
    mark = _mark(records)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    context = {"count": _read_count(), "records": records, "mark": mark, "swapped": True}
    return render(request, "workers/pipeline_quarantine.html", context)


@staff_may(Verb.REPLAY_RECORD)
@require_POST
def replay_one(request: HttpRequest) -> HttpResponse:
    """Process a quarantined record again, and render the quarantine with what came of it."""
    try:
        outcome = replay_record(request.staff, request.POST.get("record", ""), tracking_ports(), ports())
        notice = OUTCOMES[outcome]
    except TransientError as error:
        log.warning("pipeline page", outcome="not replayed", error=str(error))
        notice = AWAY
    if not request.htmx:
        return redirect("workers:pipeline")
    records = _render_records(request)
    context = {"count": _read_count(), "records": records, "mark": _mark(records), "notice": notice}
    return render(request, "workers/pipeline_quarantine.html", context | {"swapped": True})


def _read_whole_now() -> dict[str, Any]:
    """Return what changes by the second, with the verdict on it."""
    now = _read_now() | _read_steps()
    report = _read_or_none("alarms", lambda: ports().alarms.read() or AlarmReport(datetime.now(UTC), ()))
    parts = (now[part] for part in ("steps", "shards", "queues", "raised_hours"))
    seen = Seen(report and report.alarms, *parts)
    return now | {"verdict": judge_pipeline(seen)}


def _read_steps() -> dict[str, Any]:
    """Return the health of every step, and their shares of the promise; None if no report can be read."""
    steps: list[StepHealth] | None = _read_or_none(
        "steps", lambda: judge_steps(ports().steps.read_all().values(), datetime.now(UTC))
    )
    return {
        "steps": steps,
        "line_box": LINE_BOX,
        "zero_line": ZERO_LINE,
        "promise": share_promise(steps) if steps else None,
        "receipts": _read_receipts(),
        "traces_to": settings.TRACES_EXPORTER,
        "traces": read_traces(settings.TRACES_FILE) if settings.TRACES_EXPORTER == "jsonl" else [],
    }


def _read_receipts() -> list[ReceiptRow] | None:
    """Return the rows of the latency receipt, None while the figures cannot be read."""
    status = SHARED_STATUS.read(tracking_ports().receipts, tracking_ports().alarms, datetime.now(UTC))
    return None if status is None else list_receipt_rows(status)


def _read_now() -> dict[str, Any]:
    read, queues = _read_or_none("leases", _read_shards), _read_or_none("queues", _read_queues)
    shards, workers = read or (None, None)
    return {
        "raised_hours": _read_or_none("retention", lambda: find_raised_hours(ports().stream)),
        "usual_hours": settings.STREAM_RETENTION_HOURS,
        "shards": shards,
        "workers": workers,
        "queues": queues,
        "shard_totals": None if shards is None else _total_shards(shards),
        "queue_totals": None if queues is None else _total_queues(queues),
    }


def _read_shards() -> tuple[list[ShardHealth], list[WorkerHealth]]:
    workers = ports()
    group = workers.leases.read_group(workers.stream.incarnation())
    now = datetime.now(UTC)
    return judge_shards(group.leases, now), judge_workers(group, now)


def _read_queues() -> list[QueueHealth]:
    return judge_queues(ports().queues.read_depths())


def _read_count() -> int | None:
    return _read_or_none("quarantine", ports().quarantine.count)


def _render_records(request: HttpRequest) -> str:
    # The bytes of a record may be anybody's, and nobody has checked them for personal data.
    if request.staff.scope.is_limited or not may(request.staff.role, Verb.READ_RECORDS):
        return render_to_string("workers/pipeline_records_hidden.html", {}, request)
    records = _read_or_none("quarantine", lambda: ports().quarantine.read_newest(RECORDS_READ))
    groups = None if records is None else group_by_reason(records)
    is_cut = records is not None and len(records) == RECORDS_READ
    context = {"groups": groups, "is_cut": is_cut, "read": RECORDS_READ}
    return render_to_string("workers/pipeline_records.html", context, request)


def _render_alarms(request: HttpRequest) -> str:
    """Render the alarms: those that are on, then the others, those that AWS alone feeds last."""
    try:
        report = ports().alarms.read()
    except SwiftLogixError as error:
        log.warning("pipeline page", outcome="no answer", part="alarms", error=str(error))
        return render_to_string("workers/pipeline_alarm_states.html", {"unreadable": True}, request)
    states = report.alarms if report else ()
    context = {
        "states": states,
        "on": [alarm for alarm in states if alarm.state == "ALARM"],
        "others": [alarm for state in NOT_ON for alarm in states if alarm.state == state],
    }
    return render_to_string("workers/pipeline_alarm_states.html", context, request)


def _mark(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:_MARK_LENGTH]


def _total_shards(shards: list[ShardHealth]) -> dict[str, Any]:
    behind = max((shard.behind for shard in shards if shard.behind is not None), default=None)
    read = sum(shard.is_read for shard in shards)
    return {"read": read, "of": len(shards), "behind": behind, "lag": judge_lag(behind)}


def _total_queues(queues: list[QueueHealth]) -> dict[str, int]:
    return {
        "waiting": sum(queue.waiting + queue.in_flight for queue in queues if queue.listened),
        "dead_letters": sum(queue.dead_letters for queue in queues) + _depth(queues, BUS_DEAD_LETTERS),
        "unrouted": _depth(queues, UNROUTED),
    }


def _depth(queues: list[QueueHealth], name: str) -> int:
    return sum(queue.waiting + queue.in_flight for queue in queues if queue.name == name)


def _read_or_none(part: str, read: Callable[[], T]) -> T | None:
    """Return what `read` returns, or None if it fails, so that the other parts of the page are shown."""
    try:
        return read()
    except SwiftLogixError as error:
        log.warning("pipeline page", outcome="no answer", part=part, error=str(error))
        return None
