"""Sign-in of staff: wrong passwords lock, sessions end, weak passwords are refused, a code is asked for."""

import re
from datetime import timedelta
from time import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.staff import make_staff
from tracking.models import StaffAction
from tracking.services.operations.second_factor import make_uri, show_key
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]
LOGIN, VERIFY, ENROL = "/ops/login/", "/ops/login/code/", "/ops/login/enrol/"
PASSWORD = "a long and odd pass phrase"


@pytest.fixture
def user() -> User:
    user = make_staff(Role.OPERATOR)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def sign_in(client, password=PASSWORD, username="operator", address="192.0.2.1"):
    form = {"username": username, "password": password, "next": "/ops/shipments/"}
    return client.post(LOGIN, form, REMOTE_ADDR=address)


def make_code(device: TOTPDevice, steps: int = 0) -> str:
    """Return the code that an authenticator shows now, or so many steps of 30 s later."""
    totp = TOTP(device.bin_key)
    totp.time = time() + 30 * steps
    return f"{totp.token():06d}"


def test_five_wrong_passwords_lock_the_account_from_every_address_for_a_quarter_of_an_hour(
    client, user, time_machine
):
    time_machine.move_to("2026-11-22T07:00:00Z", tick=False)
    statuses = [sign_in(client, "wrong", address=f"192.0.2.{number}").status_code for number in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    locked = sign_in(client, address="198.51.100.1")
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert "Try again in 15 minutes" in locked.content.decode()
    time_machine.shift(timedelta(minutes=15, seconds=1))
    assert sign_in(client, address="198.51.100.1")["Location"] == "/ops/shipments/"


def test_five_wrong_passwords_from_an_address_lock_it_for_all_accounts(client, user):
    statuses = [sign_in(client, "wrong", username=f"user{number}").status_code for number in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert sign_in(client).status_code == 429
    assert sign_in(client, address="198.51.100.1").status_code == 302


def test_an_account_without_a_role_reads_that_it_has_none_until_it_has_one(client, user):
    user.groups.clear()
    sign_in(client)
    refused = client.get("/ops/")
    assert refused["Location"] == "/ops/login/no-role/?next=/ops/"
    page = client.get(refused["Location"])
    assert page.status_code == 403
    assert "This account has no role yet. Ask an administrator." in page.content.decode()
    assert 'aria-label="Console"' not in page.content.decode()
    assert [client.get(path).status_code for path in ("/ops/fleet.json", "/ops/streets.pmtiles")] == [
        401,
        401,
    ]
    assert client.get(ENROL)["Location"] == f"/ops/login/no-role/?next={ENROL}"
    user.groups.add(make_staff(Role.VIEWER, "vera").groups.get())
    assert client.get(refused["Location"])["Location"] == "/ops/"


def test_the_admin_has_no_sign_in_of_its_own(client, user):
    form = {"username": "operator", "password": PASSWORD}
    answer = client.post("/admin/login/?next=/admin/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/ops/login/?next=/admin/")
    assert "_auth_user_id" not in client.session


def test_a_session_ends_after_twelve_hours(client, user, time_machine):
    time_machine.move_to("2026-11-22T07:00:00Z", tick=False)
    sign_in(client)
    time_machine.shift(timedelta(hours=11, minutes=59))
    assert client.get("/ops/").status_code == 200
    time_machine.shift(timedelta(minutes=2))
    assert client.get("/ops/")["Location"] == "/ops/login/?next=/ops/"


@pytest.mark.parametrize("password", ["short", "123456789012", "1q2w3e4r5t6y", "operator12345"])
def test_a_weak_password_is_refused(user, password):
    with pytest.raises(ValidationError):
        validate_password(password, user)


def test_without_the_setting_and_without_a_device_a_password_is_enough(client, user):
    assert sign_in(client)["Location"] == "/ops/shipments/"
    assert client.get("/ops/shipments/").status_code == 200


@pytest.mark.parametrize("path", ["/ops/", "/ops/pipeline/", "/ops/outbox/", "/ops/audit/"])
def test_a_required_second_factor_is_enrolled_before_anything_is_seen(client, user, required, path):
    sign_in(client)
    assert client.get(path)["Location"] == f"{ENROL}?next={path}"
    assert client.get("/ops/fleet.json").status_code == 401
    assert client.get("/ops/pipeline/now/")["HX-Redirect"] == f"{ENROL}?next=/ops/pipeline/"
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{ENROL}?next=/admin/"


def test_enrolment_shows_a_key_and_a_right_code_completes_the_sign_in(client, user, required):
    sign_in(client)
    page = client.get(ENROL).content.decode()
    device = TOTPDevice.objects.get(user=user)
    assert f"<code>{show_key(device)}</code>" in page
    assert re.search(r'<img class="login-qr" src="data:image/svg\+xml', page)
    answers = [client.post(ENROL, {"code": code}).status_code for code in ("", "12", "\u0967" * 6)]
    device.refresh_from_db()
    assert (answers, device.confirmed, StaffAction.objects.count()) == ([403, 403, 403], False, 0)
    done = client.post(ENROL, {"code": f" {make_code(device)} ", "next": "/ops/shipments/"})
    assert (done.status_code, done["Location"]) == (302, "/ops/shipments/")
    assert client.get("/ops/shipments/").status_code == 200
    entry = StaffAction.objects.get()
    assert (entry.actor, entry.verb) == (f"staff_{user.pk}", "enrol_second_factor")


def test_the_qr_code_holds_what_an_authenticator_needs(user):
    device = TOTPDevice(user=user, key="00" * 20)
    parts = urlsplit(make_uri(device, "operator"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/SwiftLogix%3Aoperator")
    assert parse_qs(parts.query) == {"secret": ["A" * 32], "issuer": ["SwiftLogix"]}


@pytest.fixture
def device(user) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, confirmed=True, name="console")


def test_who_has_enrolled_is_asked_in_each_session_even_if_nothing_requires_it(client, user, device):
    sign_in(client)
    assert client.get("/ops/")["Location"] == f"{VERIFY}?next=/ops/"
    assert client.get(ENROL)["Location"] == VERIFY
    assert client.post(VERIFY, {"code": make_code(device), "next": "//evil.example"})["Location"] == "/ops/"
    assert client.get("/ops/").status_code == 200
    client.logout()
    sign_in(client)
    assert client.get("/ops/")["Location"] == f"{VERIFY}?next=/ops/"


def test_a_code_is_used_once_and_a_wrong_one_costs_time(client, user, device, time_machine):
    time_machine.move_to("2026-11-22T07:00:00Z", tick=False)
    sign_in(client)
    wrong = client.post(VERIFY, {"code": f"{(int(make_code(device)) + 1) % 10**6:06d}"})
    too_soon = client.post(VERIFY, {"code": make_code(device)})
    assert (wrong.status_code, too_soon.status_code) == (403, 403)
    time_machine.shift(timedelta(seconds=2))
    code = make_code(device)
    assert client.post(VERIFY, {"code": code}).status_code == 302
    client.logout()
    sign_in(client)
    assert client.post(VERIFY, {"code": code}).status_code == 403


def test_a_device_that_an_administrator_removes_ends_the_sessions_it_has_verified(
    client, user, required, device
):
    sign_in(client)
    client.post(VERIFY, {"code": make_code(device)})
    assert client.get("/ops/").status_code == 200
    device.delete()
    assert client.get("/ops/")["Location"] == f"{ENROL}?next=/ops/"


@pytest.mark.parametrize("path", [VERIFY, ENROL])
def test_without_a_password_there_is_no_second_step(client, path):
    assert client.get(path)["Location"].startswith(LOGIN)
    assert client.post(path, {"code": "123456"})["Location"].startswith(LOGIN)
