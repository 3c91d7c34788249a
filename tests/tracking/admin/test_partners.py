"""Admin of partners, keys and lanes: by the services of the API, with their rules, secrets shown once."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from PIL import Image

from tests.staff import make_staff
from tests.tracking.admin.forms import list_entries, page_of, read_errors, read_labels, read_secret
from tests.tracking.photos import draw_photo
from tracking.admin.keys import USUAL_SCOPES
from tracking.api.keys import SCOPE_TEXTS, issue_key, verify_key
from tracking.models import ApiKey, LanePlan, Partner, StaffAction
from tracking.pages.audit_changes import say_change
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
KEY, LANE, PARTNER = "tracking_apikey", "tracking_laneplan", "tracking_partner"


@pytest.fixture
def key(partner) -> ApiKey:
    issue_key(partner, scopes=["shipments:read"], limit_factor=3)
    return ApiKey.objects.get()


def issue(admin, partner, **given):
    form = {"partner": partner.pk, "livemode": "on", "scopes": ["shipments:read"], "limit_factor": "2"}
    form["name"] = "ERP in Pune"
    return admin.post(page_of(KEY, "add"), form | given)


def test_a_new_key_is_shown_once_and_kept_nowhere(admin, partner):
    sent = read_secret(issue(admin, partner, expires_in_days="30"))
    row = ApiKey.objects.get()
    assert verify_key(sent, timezone.now()) == row
    assert (row.partner, row.livemode, row.scopes, row.limit_factor, row.name) == (
        partner,
        True,
        ["shipments:read"],
        2,
        "ERP in Pune",
    )
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)
    secret = sent.split("_", 3)[3]
    pages = [
        admin.get(page_of(KEY)),
        admin.get(page_of(KEY, "change", row.pk)),
        admin.get(page_of(KEY, "history", row.pk)),
    ]
    shown = [text in page.content.decode() for page in pages for text in (secret, row.secret_sha256)]
    assert shown == [False] * 6
    assert [secret in str(session.get_decoded()) for session in Session.objects.all()] == [False]
    assert list_entries() == [("add", "tracking.apikey")]


def test_a_stored_key_has_no_field_to_change(admin, key):
    page = admin.get(page_of(KEY, "change", key.pk))
    assert read_labels(page) == {"Rotate", "Revoke"}
    assert b'name="_save"' not in page.content
    assert admin.post(page_of(KEY, "change", key.pk), {"limit_factor": "9"}).status_code == 403
    key.refresh_from_db()
    assert key.limit_factor == 3


def test_a_rotated_key_ends_in_a_day_and_the_new_one_has_its_rights(admin, key):
    sent = read_secret(admin.post(page_of(KEY, "change", key.pk), {"_rotate": "1"}))
    key.refresh_from_db()
    new = verify_key(sent, timezone.now())
    assert (new.pk != key.pk, new.scopes, new.limit_factor) == (True, ["shipments:read"], 3)
    assert timedelta(hours=23) < key.expires_at - timezone.now() <= timedelta(hours=24)
    assert list_entries() == [("change", "tracking.apikey")]


def test_a_key_is_revoked_after_a_question(admin, key):
    path = page_of(KEY, "change", key.pk)
    asked = admin.post(path, {"_revoke": "1"})
    key.refresh_from_db()
    assert (asked.status_code, key.revoked_at) == (200, None)
    assert "It stops working at once" in asked.content.decode()
    assert admin.post(path, {"_revoke": "1", "confirmed": "1"}).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert read_labels(admin.get(path)) == set()
    assert list_entries() == [("change", "tracking.apikey")]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("pressed", ["_rotate", "_revoke", "_save"])
def test_no_role_presses_a_button_of_a_key(client, world, key, role, pressed):
    client.force_login(make_staff(role))
    answer = client.post(page_of(KEY, "change", key.pk), {pressed: "1", "confirmed": "1"})
    key.refresh_from_db()
    assert (answer.status_code, key.revoked_at, ApiKey.objects.count()) == (403, None, 1)


def test_a_lane_is_planned_by_the_rules_of_the_api(admin, partner, hubs):
    lane = {"partner": partner.pk, "livemode": "on", "origin": hubs[0].pk, "destination": hubs[1].pk}
    refused = admin.post(page_of(LANE, "add"), lane | {"planned_minutes": "20161"})
    assert read_errors(refused) == ["Expected `int` &lt;= 20160"]
    assert LanePlan.objects.count() == 0
    assert admin.post(page_of(LANE, "add"), lane | {"planned_minutes": "90"}).status_code == 302
    plan = LanePlan.objects.get()
    path = page_of(LANE, "change", plan.pk)
    assert admin.post(path, {"planned_minutes": "75", "origin": hubs[1].pk}).status_code == 302
    plan.refresh_from_db()
    assert (plan.origin, plan.destination, plan.planned_minutes) == (hubs[0], hubs[1], 75)
    assert read_errors(admin.post(path, {"planned_minutes": "0"})) == ["Expected `int` &gt;= 1"]
    assert list_entries() == [("add", "tracking.laneplan"), ("change", "tracking.laneplan")]


def test_a_partner_gets_an_id_that_stays(admin):
    form = {"partner_id": "prt new", "name": "New", "contact_email": ""}
    refused = admin.post(page_of(PARTNER, "add"), form)
    assert read_errors(refused) == ["Only letters, digits, dots, dashes and underscores."]
    assert admin.post(page_of(PARTNER, "add"), form | {"partner_id": "prt_new"}).status_code == 302
    row = Partner.objects.get()
    renamed = {"partner_id": "prt_other", "name": "Newer", "contact_email": "it@example.com"}
    assert admin.post(page_of(PARTNER, "change", row.pk), renamed).status_code == 302
    row.refresh_from_db()
    assert (row.partner_id, row.name, row.contact_email) == ("prt_new", "Newer", "it@example.com")
    assert admin.post(page_of(PARTNER, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_an_administrator_sets_logo_colours_and_contacts_of_a_partner(admin, partner, files):
    path = page_of(PARTNER, "change", partner.pk)
    looks = {
        "name": partner.name,
        "colour": "#0B6B57",
        "support_phone": "+918012345678",
        "support_email": "help@example.com",
    }
    wrong = {"colour": "green", "support_phone": "080 1234"}
    refused = [admin.post(path, looks | wrong), admin.post(path, looks | {"logo": BytesIO(b"no picture")})]
    assert [read_errors(answer) for answer in refused] == [
        [
            "Country code and number without spaces, such as +918012345678.",
            "A # and six digits or letters from a to f, such as #0b6b57.",
        ],
        ["This file is not a JPEG or PNG that can be read."],
    ]
    assert admin.post(path, looks | {"logo": BytesIO(draw_photo("PNG"))}).status_code == 302
    partner.refresh_from_db()
    stored = (
        partner.colour,
        partner.dark_colour,
        partner.support_phone,
        partner.support_email,
        partner.logo_type,
    )
    assert stored == ("#0b6b57", "", "+918012345678", "help@example.com", "image/png")
    assert files.exists(partner.logo_file)


def test_a_logo_is_chosen_once_although_another_field_has_a_mistake(admin, partner, files):
    path, logo = page_of(PARTNER, "change", partner.pk), draw_photo("PNG")
    refused = admin.post(path, {"name": partner.name, "colour": "green", "logo": BytesIO(logo)})
    page = refused.content.decode()
    (kept,) = re.findall(r'name="logo-kept" value="([^"]+)"', page)
    assert f'<img src="data:image/png;base64,{kept}"' in page
    assert admin.post(path, {"name": partner.name, "colour": "#0b6b57", "logo-kept": kept}).status_code == 302
    partner.refresh_from_db()
    assert (partner.colour, partner.logo_type, files.exists(partner.logo_file)) == (
        "#0b6b57",
        "image/png",
        True,
    )


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG" + bytes(100_000)])
def test_a_file_that_a_form_cannot_keep_is_to_be_chosen_again(admin, partner, content):
    wrong = {"name": partner.name, "colour": "green", "logo": BytesIO(content)}
    page = admin.post(page_of(PARTNER, "change", partner.pk), wrong).content.decode()
    assert ("Choose the file again: logo could not be kept." in page, "logo-kept" in page) == (True, False)


def test_a_logo_that_is_too_large_is_refused_at_its_field_and_what_was_typed_stays(admin, partner, files):
    noise = BytesIO()
    Image.effect_noise((400, 400), 200).save(noise, "PNG")
    sent = {"name": "Renamed", "support_email": "help@example.com", "logo": BytesIO(noise.getvalue())}
    refused = admin.post(page_of(PARTNER, "change", partner.pk), sent)
    (error,) = read_errors(refused)
    assert re.fullmatch(r"The logo has \d{3} KB; at most 10 KB are allowed.", error)
    page = refused.content.decode()
    assert ('value="Renamed"' in page, 'value="help@example.com"' in page) == (True, True)
    # The focus is on the field with the mistake.
    (focused,) = re.findall(r"<input[^>]* autofocus[^>]*>", page)
    assert 'name="logo"' in focused


def test_the_logo_is_shown_and_can_be_removed(admin, partner, files):
    path, sent = page_of(PARTNER, "change", partner.pk), {"name": partner.name}
    assert "Remove the logo" not in admin.get(path).content.decode()
    assert admin.post(path, sent | {"logo": BytesIO(draw_photo("PNG"))}).status_code == 302
    partner.refresh_from_db()
    file, page = partner.logo_file, admin.get(path).content.decode()
    (shown,) = re.findall(r'<img src="([^"]+)" alt="Logo of Acme"', page)
    assert (admin.get(shown)["Content-Type"], "Remove the logo" in page) == ("image/png", True)
    assert admin.post(path, sent | {"remove_logo": "on"}).status_code == 302
    partner.refresh_from_db()
    assert (partner.logo_file, partner.logo_type, files.exists(file)) == ("", "", False)
    said = [say_change(entry) for entry in StaffAction.objects.order_by("pk")]
    assert said == ["Logo: a file of 0.3 KB", "Remove the logo: no → yes"]


def test_a_colour_that_pages_do_not_use_is_named_after_saving(admin, partner):
    path = page_of(PARTNER, "change", partner.pk)
    answers = [
        admin.post(path, {"name": partner.name, "colour": colour}, follow=True).content.decode()
        for colour in ("#0b6b57", "#ffff00")
    ]
    warning = "#ffff00 is hard to read in the light theme: recipients see our colour there."
    assert [warning in page for page in answers] == [False, True]


def test_a_new_key_has_the_scopes_that_are_usual_and_says_what_each_allows(admin):
    page = admin.get(page_of(KEY, "add")).content.decode()
    ticked = re.findall(r'name="scopes" value="([^"]+)"[^>]* checked', page)
    assert ticked == USUAL_SCOPES
    assert "events:correct" not in ticked
    assert [scope for scope, text in SCOPE_TEXTS.items() if f"{scope}: {text}</label>" not in page] == []


def test_an_id_keeps_its_case_and_the_way_back_from_a_question_is_to_cancel(admin, key):
    path = page_of(KEY, "change", key.pk)
    assert ">Cancel</a>" in admin.get(path).content.decode()
    page = admin.post(path, {"_revoke": "1", "confirmed": "1"}, follow=True).content.decode()
    assert f"{key.key_id} (Acme): The key is revoked" in page
    assert ">Close</a>" in page


def test_lists_name_columns_as_forms_do(admin, key, hubs):
    lists = [admin.get(page_of(name)).content.decode() for name in (KEY, "tracking_hub")]
    assert ["Live" in lists[0], "ivemode</" in lists[0]] == [True, False]
    assert ["State" in lists[1], "Region" in lists[1]] == [True, False]


@pytest.mark.parametrize("kept", ["%", "bm90IGEgcGljdHVyZQ==", "A" * 200_000])
def test_what_a_form_claims_to_have_kept_is_judged_as_an_upload(admin, partner, kept):
    answer = admin.post(page_of(PARTNER, "change", partner.pk), {"name": partner.name, "logo-kept": kept})
    errors = [] if answer.status_code == 302 else read_errors(answer)
    assert errors == (["This file is not a JPEG or PNG that can be read."] if "=" in kept else [])
    partner.refresh_from_db()
    assert partner.logo_file == ""


def test_each_field_of_a_new_key_or_hub_that_is_no_plain_word_is_explained(admin):
    pages = {model: admin.get(page_of(model, "add")).content.decode() for model in (KEY, "tracking_hub")}
    explained = {model: set(re.findall(r'id="id_(\w+)_helptext"', page)) for model, page in pages.items()}
    assert "Leave only what its user needs." in pages[KEY]
    assert explained == {
        KEY: {"name", "livemode", "limit_factor", "expires_in_days"},
        "tracking_hub": {"hub_id", "name", "lat", "lon", "region", "cut_off_at"},
    }
