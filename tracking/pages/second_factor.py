"""Second factor at the sign-in: enter a code, and enrol an authenticator by a QR code."""

import segno
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracking.pages.next_page import read_next, redirect_to_next
from tracking.pages.staff import find_way_in
from tracking.services.operations.second_factor import (
    confirm_device,
    find_device,
    is_verified,
    make_uri,
    prepare_device,
    show_key,
)
from tracking.services.requests.staff_accounts import find_staff

CODE_LENGTH = 6
QR_SCALE = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the account's device; a right one completes the sign-in of this session."""
    if find_staff(request.user) is None:
        return redirect_to_login(request.get_full_path(), find_way_in(request.user))
    device = find_device(request.user)
    if device is None or is_verified(request.user, request.session):
        return redirect_to_next(request, reverse("ops:fleet"))
    if request.method == "POST" and is_right_code(device, request.POST.get("code", "")):
        login(request, device)
        return redirect_to_next(request, reverse("ops:fleet"))
    return _render(request, "ops/verify.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the QR code of a new device; a right code confirms it and completes the sign-in.

    An account with a confirmed device keeps it: only an administrator removes one.
    """
    staff = find_staff(request.user, getattr(request, "request_id", ""))
    if staff is None:
        return redirect_to_login(request.get_full_path(), find_way_in(request.user))
    if find_device(request.user) is not None:
        return redirect("ops:verify")
    device = prepare_device(request.user)
    if request.method == "POST" and is_right_code(device, request.POST.get("code", "")):
        confirm_device(staff, device)
        login(request, device)
        return redirect_to_next(request, reverse("ops:fleet"))
    code = segno.make(make_uri(device, request.user.get_username()))
    shown = {
        "qr": code.svg_data_uri(scale=QR_SCALE, border=3, light="white"),
        "key": show_key(device),
        "required": settings.SECOND_FACTOR_REQUIRED,
    }
    return _render(request, "ops/enrol.html", **shown)


def is_right_code(device: TOTPDevice, typed: str) -> bool:
    """Return whether the code is right. After wrong ones the device waits, twice as long each time."""
    code = "".join(typed.split())
    if len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
        return False
    with transaction.atomic():
        locked = TOTPDevice.objects.select_for_update().get(pk=device.pk)
        allowed, _ = locked.verify_is_allowed()
        return bool(allowed and locked.verify_token(code))


def _render(request: HttpRequest, template: str, **shown: object) -> HttpResponse:
    failed = request.method == "POST"
    context = {"next": read_next(request), "failed": failed, **shown}
    return render(request, template, context, status=403 if failed else 200)
