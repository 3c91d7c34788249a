"""All of the admin: names of its records, what it never shows, and what its templates keep of Django's."""

import re
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import User
from django.core.validators import RegexValidator
from django.db.models import BinaryField
from django.forms import EmailField, IntegerField, TimeField
from django.template.loader import get_template
from django.utils.formats import localize, localize_input

from tests.notifications.webhooks.partners import make_endpoint
from tests.staff import make_staff
from tests.tracking.admin.forms import page_of
from tests.tracking.pages.bookings import book
from tracking.admin.accounts import NO_ROLE
from tracking.api.keys import issue_key
from tracking.models import ApiKey, Hub, Shipment
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
OURS = ("tracking", "notifications", "webhooks", "webpush")
CONTACT = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
# Facts, decisions and roles; `manage.py` and the services alone write them.
READ_ONLY = {
    "tracking_shipment",
    "tracking_staffaction",
    "notifications_delivery",
    "auth_group",
    "axes_accesslog",
}
EDITABLE = {
    "tracking_hub",
    "tracking_partner",
    "tracking_apikey",
    "tracking_vehicle",
    "tracking_laneplan",
    "tracking_idseries",
    "auth_user",
    "webhooks_webhookendpoint",
}


def _name(model) -> str:
    return model._meta.label_lower.replace(".", "_")


def name_models() -> set[str]:
    return {_name(model) for model in django_admin.site._registry}


def test_fields_of_times_say_indian_time_in_the_words_that_djangos_script_looks_up(client):
    client.force_login(User.objects.create_superuser("root"))
    texts = client.get("/admin/jsi18n/").content.decode()
    script = Path(django.__file__).parent / "contrib/admin/static/admin/js/admin/DateTimeShortcuts.js"
    notes = re.findall(r"ngettext\(\s*'(Note: [^']+)'", script.read_text(encoding="utf-8"))
    assert ([f'"{note}": "Indian time"' in texts for note in notes]) == [True, True]


def test_codes_ids_and_years_are_not_grouped_as_numbers_are(hubs, client):
    Hub.objects.filter(hub_id="BLR-PNY").update(working_days="123456", pin_code="560058")
    book(None, shipment_id="SLX-1", pin_code="560058")
    client.force_login(User.objects.create_superuser("root"))
    pages = {
        page: client.get(path).content.decode()
        for page, path in {
            "hubs": page_of("tracking_hub"),
            "hub": page_of("tracking_hub", "change", Hub.objects.get(hub_id="BLR-PNY").pk),
            "shipment": page_of("tracking_shipment", "change", Shipment.objects.get(shipment_id="SLX-1").pk),
        }.items()
    }
    assert ("Mon to Sat" in pages["hubs"], "123456" in pages["hubs"]) == (True, False)
    assert all("560058" in pages[page] for page in ("hub", "shipment"))
    assert [page for page, text in pages.items() if re.search(r"\b\d{1,3}(,\d{2})*,\d{3}\b", text)] == []
    assert localize(123456) == localize_input(123456) == "123456"


@pytest.mark.parametrize("model", [model for app in OURS for model in apps.get_app_config(app).get_models()])
def test_the_names_of_records_are_english(model):
    singular, plural = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
    wrong = re.search(r"[^aeiou]ys\b|\b[Aa]pi\b", plural)
    assert wrong is None, plural
    assert plural != singular or singular == "id series"


def test_each_kind_of_record_is_in_the_admin(admin):
    assert name_models() >= EDITABLE | READ_ONLY


@pytest.mark.parametrize("name", sorted(READ_ONLY))
def test_records_of_facts_cannot_be_written(admin, name):
    answers = [admin.get(page_of(name, "add")), admin.post(page_of(name, "add"), {})]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert admin.get(page_of(name)).status_code == 200


@pytest.mark.parametrize("name", sorted(EDITABLE))
def test_records_that_are_editable_have_a_form(admin, name):
    assert b"<form" in admin.get(page_of(name, "add")).content


def test_no_page_shows_what_is_sealed_or_hashed(admin, partner):
    key = issue_key(partner)
    endpoint = make_endpoint()
    book(None, shipment_id="SLX-1", contact=CONTACT)
    booking = Shipment.objects.get()
    keep_contact(booking, CONTACT)
    stored = {
        "tracking_apikey": (ApiKey.objects.get(), [key.split("_", 3)[3], ApiKey.objects.get().secret_sha256]),
        "tracking_shipment": (booking, [booking.token_sha256, "Asha", "9845012345"]),
        "webhooks_webhookendpoint": (endpoint, [bytes(endpoint.sealed_secret).decode(), "whsec_"]),
    }
    for name, (row, secrets) in stored.items():
        pages = [admin.get(page_of(name)), admin.get(page_of(name, "change", row.pk))]
        assert [page.status_code for page in pages] == [200, 200]
        shown = [secret for page in pages for secret in secrets if secret in page.content.decode()]
        assert (name, shown) == (name, [])
        binary = [field.name for field in row._meta.fields if isinstance(field, BinaryField)]
        assert [column for column in binary if column in pages[1].content.decode()] == []


def test_an_account_is_limited_to_hubs_and_partners_in_its_form(admin, partner, hubs):
    user = make_staff(Role.VIEWER)
    form = {
        "username": "operator",
        "is_active": "on",
        "is_staff": "on",
        "groups": [],
        "staff_scope-TOTAL_FORMS": "1",
        "staff_scope-INITIAL_FORMS": "1",
        "staff_scope-0-id": user.staff_scope.pk,
        "staff_scope-0-user": user.pk,
        "staff_scope-0-hubs": [hubs[0].pk],
        "staff_scope-0-partners": [partner.pk],
    }
    assert admin.post(page_of("auth_user", "change", user.pk), form).status_code == 302
    scope = User.objects.get(pk=user.pk).staff_scope
    assert (list(scope.hubs.all()), list(scope.partners.all())) == (hubs[:1], [partner])


def test_a_new_account_may_sign_in_to_the_console(admin):
    form = {
        "username": "meena",
        "usable_password": "true",
        "password1": "quiet blue parcels",
        "password2": "quiet blue parcels",
        "staff_scope-TOTAL_FORMS": "0",
        "staff_scope-INITIAL_FORMS": "0",
    }
    assert "The next page asks for the role." in admin.get(page_of("auth_user", "add")).content.decode()
    added = admin.post(page_of("auth_user", "add"), form)
    user = User.objects.get(username="meena")
    assert (added.status_code, user.is_staff) == (302, True)
    assert NO_ROLE in admin.get(added["Location"]).content.decode()
    user.groups.add(make_staff(Role.OPERATOR, "other").groups.get())
    page = admin.get(added["Location"]).content.decode()
    assert (NO_ROLE in page, "Operator: also works on incidents" in page) == (False, True)


def test_our_frame_of_the_admin_has_every_block_of_djangos():
    templates = Path(django.__file__).parent / "contrib/admin/templates/admin/base.html"
    theirs = set(re.findall(r"{% block ([\w-]+)", templates.read_text()))
    ours = set(re.findall(r"{% block ([\w-]+)", get_template("admin/base.html").template.source))
    # Right-to-left languages.
    assert theirs - ours == {"stylesheet_rtl"}


def test_the_admin_and_the_console_lead_to_each_other(admin):
    assert 'href="/ops/"' in admin.get("/admin/").content.decode()
    assert 'href="/admin/"' in admin.get("/ops/").content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_takes_the_theme_of_the_console(admin, theme):
    admin.cookies["theme"] = theme
    assert f'class="theme-{theme}"' in admin.get("/admin/").content.decode()


@pytest.mark.parametrize("name", sorted(EDITABLE))
def test_no_field_refuses_a_value_without_saying_which_are_valid(admin, rf, name):
    (model,) = (model for model in django_admin.site._registry if _name(model) == name)
    request = rf.get("/")
    request.user = User.objects.get(username="superuser")
    fields = django_admin.site._registry[model].get_form(request).base_fields
    vague = {
        field_name: str(field.error_messages.get("invalid", RegexValidator.message))
        for field_name, field in fields.items()
        if isinstance(field, TimeField | IntegerField | EmailField) or _has_silent_rule(field)
    }
    assert {text for text in vague.values() if text.startswith("Enter a valid ")} == set()


def _has_silent_rule(field) -> bool:
    return any(
        type(rule) is RegexValidator and rule.message == RegexValidator.message for rule in field.validators
    )
