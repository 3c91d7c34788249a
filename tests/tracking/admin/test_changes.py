"""Entries of the audit log about the admin: object, changed fields, and no secret or personal value."""

import re

import pytest

from tests.staff import make_staff
from tests.tracking.admin.forms import page_of
from tracking.models import Hub, StaffAction
from tracking.pages.audit_words import list_in_words
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
LOOKS = {"name": "Acme", "colour": "#0b6b57", "support_phone": "+918012345678"}


def say_newest(*, may_administer: bool = True):
    (said,) = list_in_words(StaffAction.objects.all()[:1], may_administer=may_administer)
    return said


def test_a_change_says_its_fields_with_old_and_new_values_and_hides_personal_ones(admin, partner):
    path = page_of("tracking_partner", "change", partner.pk)
    assert admin.post(path, LOOKS).status_code == 302
    secret = "engineer@acme.example"
    changed = LOOKS | {"colour": "#123456", "support_phone": "+918099999999", "contact_email": secret}
    assert admin.post(path, changed).status_code == 302
    said = say_newest()
    assert (said.what, said.subject, said.path, said.change) == (
        "Changed in the admin",
        "partner Acme (prt_acme)",
        path,
        (
            "Colour: #0b6b57 → #123456; Phone for recipients: +918012345678 → +918099999999; "
            "E-mail of its engineers: changed, value not kept"
        ),
    )
    assert secret not in repr(list(StaffAction.objects.values()))
    row = re.search(r"<tr>\s*<td.*?</tr>", admin.get("/ops/audit/").content.decode(), re.DOTALL)
    assert f'<a href="{path}">partner Acme (prt_acme)</a>' in row[0]
    assert "Colour: #0b6b57 → #123456" in row[0]


def test_a_new_row_says_its_values_choices_in_words_and_rows_by_name(admin, hubs, partner):
    user = make_staff(Role.VIEWER, "asha")
    form = {
        "username": "asha",
        "first_name": "Asha",
        "is_active": "on",
        "is_staff": "on",
        "staff_scope-TOTAL_FORMS": "1",
        "staff_scope-INITIAL_FORMS": "1",
        "staff_scope-0-id": user.staff_scope.pk,
        "staff_scope-0-user": user.pk,
        "staff_scope-0-hubs": [hub.pk for hub in hubs],
    }
    before = {"groups": [user.groups.get().pk]}
    assert admin.post(page_of("auth_user", "change", user.pk), form | before).status_code == 302
    names = ", ".join(sorted(hub.name for hub in hubs))
    said = say_newest()
    assert (said.subject, said.change) == (
        "account asha",
        f"Hubs: empty → {names}; First name: changed, value not kept",
    )
    assert "asha" not in repr(list(StaffAction.objects.values())).lower()
    hub = Hub.objects.create(
        hub_id="MAA-HUB", name="Chennai", town="Chennai", pin_code="600001", lat=13.08, lon=80.27
    )
    days = {"name": "Chennai", "town": "Chennai", "pin_code": "600001", "lat": "13.08", "lon": "80.27"} | {
        "delivers_from": "09:00",
        "delivers_until": "21:00",
        "working_days": ["1", "7"],
        "holidays_kept": "state",
    }
    assert admin.post(page_of("tracking_hub", "change", hub.pk), days).status_code == 302
    assert say_newest().change == (
        "Delivers from: 08:00:00 → 09:00:00; Working days: Monday, Tuesday, Wednesday, Thursday, Friday, "
        "Saturday, Sunday → Monday, Sunday"
    )


def test_a_deleted_object_keeps_its_name_and_leads_nowhere(admin):
    hub = Hub.objects.create(
        hub_id="MAA-HUB", name="Chennai", town="Chennai", pin_code="600001", lat=13, lon=80
    )
    assert admin.post(page_of("tracking_hub", "delete", hub.pk), {"post": "yes"}).status_code == 302
    said = say_newest()
    assert said[2:6] == ("Deleted in the admin", "hub Chennai (MAA-HUB)", "", "")
    page = admin.get("/ops/audit/?subject=maa-hub").content.decode()
    assert "hub Chennai (MAA-HUB)" in page


def test_a_new_password_is_named_and_nowhere_kept(admin):
    user = make_staff(Role.VIEWER, "asha")
    typed = {"password1": "correct horse 7", "password2": "correct horse 7", "usable_password": "true"}
    path = page_of("auth_user", "password_change", user.pk)
    assert admin.post(path, typed).status_code == 302
    assert "horse" not in repr(list(StaffAction.objects.values()))
    assert say_newest().change == "Password: changed, value not kept"


def test_only_those_who_may_open_the_admin_are_led_there(admin, partner):
    assert admin.post(page_of("tracking_partner", "change", partner.pk), LOOKS).status_code == 302
    assert say_newest(may_administer=False).path == ""
