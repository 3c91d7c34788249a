"""Replay of a day: `/ops/vehicles/{id}/` and `/ops/shipments/{id}/replay`, with their tracks as JSON."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from tracking.domain.errors import TransientError
from tracking.domain.indian_time import date_in_india
from tracking.models import Vehicle
from tracking.pages.fleet_vehicle import describe_reasons
from tracking.pages.staff import staff_may, staff_only
from tracking.pages.track_files import FORMS
from tracking.pages.vehicles import VehicleRow, make_row
from tracking.ports import ports
from tracking.services.operations.day_tracks import DayTrack, Mark, read_shipment_day, read_vehicle_day
from tracking.services.operations.fleet import find_troubled
from tracking.services.operations.staff_drivers import read_masked_driver
from tracking.services.operations.staff_reads import record_export
from tracking.services.operations.vehicle_list import Load, read_loads
from tracking.services.reading.parcels_aboard import read_vehicles
from tracking.services.reading.staff_scope import find_owned, is_visible
from tracking.services.reading.vehicle_loads import read_load
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Scope, Verb
from tracking.status_style import style_of
from tracking.translation import translate_status

Read = Callable[[date], DayTrack]
# Multiples of real time, and the one that is chosen first: a minute of the day takes a second.
SPEEDS = (1, 2, 5, 10, 20, 60, 300)
FIRST_SPEED = 60
# Positions expire after this time, so that earlier days have none.
KEPT_DAYS = 30


@staff_only
def show_vehicle(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Show one vehicle: what is registered of it, its state and why, what it carries, the replay of a day."""
    scope, now = request.staff.scope, datetime.now(UTC)
    if not find_owned(scope, [vehicle_id]):
        raise UnknownError
    registered = Vehicle.objects.filter(vehicle_id=vehicle_id).select_related("partner").first()
    load = read_loads(scope, [vehicle_id], now).get(vehicle_id, Load())
    row = _find_row(scope, vehicle_id, now)
    aboard = read_load(scope, vehicle_id, row.last_scanned if row else None, now)
    context = {
        "registered": registered,
        "hub_load": load,
        "row": row,
        "vehicle_id": vehicle_id,
        "load": aboard,
    }
    context |= {"driver": read_masked_driver(scope, vehicle_id)} | _describe_replay(
        request, vehicle_id, "vehicle"
    )
    return render(request, "ops/replay.html", context | describe_reasons(scope, vehicle_id, aboard, now))


@staff_only
def show_shipment(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Show the replay of a shipment's day."""
    if not is_visible(request.staff.scope, shipment_id):
        raise UnknownError
    context = _describe_replay(request, shipment_id, "shipment") | {"shipment_id": shipment_id}
    return render(request, "ops/replay.html", context)


@staff_only
def answer_vehicle_track(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Answer with the track of the vehicle's day as JSON."""
    return _answer(lambda day: read_vehicle_day(ports(), request.staff.scope, vehicle_id, day), request)


@staff_only
def answer_shipment_track(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Answer with the track of the shipment's day as JSON."""
    return _answer(lambda day: read_shipment_day(ports(), request.staff.scope, shipment_id, day), request)


@staff_may(Verb.EXPORT)
def download_vehicle_track(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Answer with the track of the vehicle's day as a file, in the form of the query."""
    scope = request.staff.scope
    answer = _answer_file(lambda day: read_vehicle_day(ports(), scope, vehicle_id, day), request, vehicle_id)
    if answer.status_code == HTTPStatus.OK:
        record_export(request.staff, f"track of vehicle {vehicle_id}")
    return answer


@staff_may(Verb.EXPORT)
def download_shipment_track(request: HttpRequest, shipment_id: str) -> HttpResponse:
    """Answer with the track of the shipment's day as a file, in the form of the query."""
    scope = request.staff.scope
    answer = _answer_file(
        lambda day: read_shipment_day(ports(), scope, shipment_id, day), request, shipment_id
    )
    if answer.status_code == HTTPStatus.OK:
        record_export(request.staff, f"track of {shipment_id}", shipment_id)
    return answer


def read_day(request: HttpRequest, now: datetime) -> date:
    """Return the day of the address; today for one that cannot be read or is to come."""
    today = date_in_india(now)
    try:
        asked = date.fromisoformat(request.GET.get("day", "")[:10])
    except ValueError:
        return today
    return max(min(asked, today), today - timedelta(days=KEPT_DAYS))


def describe_track(track: DayTrack) -> dict[str, Any]:
    """Return the track as the page's script reads it: times in ms, degrees rounded to a metre."""
    return {
        "points": [
            [_to_ms(point.at), round(point.lat, 5), round(point.lon, 5), point.speed_kmh]
            for point in track.points
        ],
        "marks": [_describe_mark(mark) for mark in track.marks],
        "is_cut": track.is_cut,
    }


def _find_row(scope: Scope, vehicle_id: str, now: datetime) -> VehicleRow | None:
    """Return the newest report of the vehicle with its state; None if it was not heard of within a day."""
    heard = {report["vehicle_id"]: report for report in read_vehicles(ports(), scope)}
    report = heard.get(vehicle_id)
    return make_row(report, vehicle_id in find_troubled(scope, now), now) if report else None


def _answer_file(read: Read, request: HttpRequest, name: str) -> HttpResponse:
    """Return the track of the day as a file; GPX unless the query names another form."""
    day, wanted = read_day(request, datetime.now(UTC)), request.GET.get("form", "")
    form = wanted if wanted in FORMS else "gpx"
    try:
        text = FORMS[form].write(name, read(day))
    except TransientError:
        return HttpResponse(status=503)
    response = HttpResponse(text, content_type=FORMS[form].content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}-{day}.{form}"'
    return response


def _answer(read: Read, request: HttpRequest) -> HttpResponse:
    try:
        track = read(read_day(request, datetime.now(UTC)))
    except TransientError:
        return HttpResponse(status=503)
    return JsonResponse(describe_track(track))


def _describe_replay(request: HttpRequest, name: str, kind: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    day, today = read_day(request, now), date_in_india(now)
    return {
        "name": name,
        "day": day,
        "earlier": day - timedelta(days=1) if day > today - timedelta(days=KEPT_DAYS) else None,
        "later": day + timedelta(days=1) if day < today else None,
        "today": today,
        "first": today - timedelta(days=KEPT_DAYS),
        "track": f"{reverse(f'ops:{kind}_track', args=[name])}?day={day}",
        "download": f"{reverse(f'ops:{kind}_track_file', args=[name])}?day={day}",
        "forms": FORMS,
        "speeds": SPEEDS,
        "first_speed": FIRST_SPEED,
        "has_streets": ports().maps.tiles is not None,
    }


def _describe_mark(mark: Mark) -> dict[str, Any]:
    style = style_of(mark.status)
    return {
        "at": _to_ms(mark.at),
        "text": translate_status(mark.status, language="en"),
        "icon": style.icon,
        "tone": style.tone,
        "shipment": mark.shipment_id,
    }


def _to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
