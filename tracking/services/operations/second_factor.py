"""Second factor of staff: enrolment of a device for time-based one-time codes (TOTP, RFC 6238)."""

from base64 import b32encode
from typing import Any, Literal
from urllib.parse import quote, urlencode

from django.conf import settings
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import find_staff

ISSUER = "SwiftLogix"
DEVICE_NAME = "console"
Step = Literal["", "verify", "enrol"]


def find_step(user: Any, session: Any) -> Step:
    """Return what a signed-in account has to do before it is admitted; empty for nothing.

    An account with a device has to enter a code once in its session. One without has to enrol if the setting
    `SECOND_FACTOR_REQUIRED` says so.
    """
    if is_verified(user, session):
        return ""
    if find_device(user) is not None:
        return "verify"
    return "enrol" if settings.SECOND_FACTOR_REQUIRED else ""


def find_admitted(user: Any, session: Any) -> Staff | None:
    """Return the account as a caller if it is active staff whose sign-in is complete; else None."""
    staff = find_staff(user)
    return None if staff is None or find_step(user, session) else staff


def is_verified(user: Any, session: Any) -> bool:
    """Return whether a code of one of the account's confirmed devices was entered in this session."""
    device_id = session.get(DEVICE_ID_SESSION_KEY)
    device = Device.from_persistent_id(device_id) if device_id else None
    return device is not None and device.user_id == user.pk and device.confirmed


def find_device(user: Any) -> TOTPDevice | None:
    """Return the account's confirmed device; None if it has not enrolled."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).first()


def prepare_device(user: Any) -> TOTPDevice:
    """Return the account's unconfirmed device, with a new random key if it has none."""
    device, _ = TOTPDevice.objects.get_or_create(user_id=user.pk, confirmed=False, name=DEVICE_NAME)
    return device


def make_uri(device: TOTPDevice, username: str) -> str:
    """Return the address that an authenticator reads from the QR code."""
    values = {"secret": show_key(device), "issuer": ISSUER}
    return f"otpauth://totp/{quote(f'{ISSUER}:{username}')}?{urlencode(values)}"


def show_key(device: TOTPDevice) -> str:
    """Return the device's key in Base32, as authenticators take it by hand."""
    return b32encode(device.bin_key).decode().rstrip("=")


@staff_write(Verb.ENROL)
def confirm_device(staff: Staff, device: TOTPDevice) -> None:
    """Confirm the device, whose code was right; it is asked for at each sign-in from now on."""
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    record_action(staff, Verb.ENROL, f"account {staff.actor}")
