"""Admin of webhook endpoints: by the services of the API, with their rules, secrets shown once."""

import pytest
from django.contrib.auth.models import User

from notifications.webhooks.admin import WebhookEndpointAdmin
from notifications.webhooks.endpoint_secrets import list_secrets
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.notifications.webhooks.partners import NOON, make_endpoint, open_many
from tests.staff import make_staff
from tests.tracking.admin.forms import list_entries, page_of, read_errors, read_labels, read_secret
from tracking.models import Partner
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
ENDPOINT = "webhooks_webhookendpoint"
FORM = {
    "livemode": "on",
    "url": "https://hooks.example.com/in",
    "types": ["shipment.*"],
    "statuses": ["delivered"],
}


@pytest.fixture
def admin(client):
    client.force_login(User.objects.create_superuser("superuser"))
    return client


def test_a_new_endpoint_shows_its_secret_once(admin):
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    secret = read_secret(admin.post(page_of(ENDPOINT, "add"), FORM | {"partner": partner.pk}))
    row = WebhookEndpoint.objects.get()
    assert list_secrets(row, NOON) == [secret]
    assert (row.partner, row.url, row.types, row.statuses, row.thin) == (
        partner,
        FORM["url"],
        ["shipment.*"],
        ["delivered"],
        False,
    )
    for path in (page_of(ENDPOINT), page_of(ENDPOINT, "change", row.pk)):
        text = admin.get(path).content.decode()
        assert [word for word in (secret, "whsec_", bytes(row.sealed_secret).decode()) if word in text] == []
    assert list_entries() == [("add", "webhooks.webhookendpoint")]


@pytest.mark.parametrize("url", ["http://hooks.example.com/in", "https://127.0.0.1/", "ftp://x"])
def test_a_url_that_the_api_refuses_is_refused_at_its_field(admin, url):
    endpoint = make_endpoint()
    path = page_of(ENDPOINT, "change", endpoint.pk)
    (error,) = read_errors(admin.post(path, FORM | {"url": url}))
    assert error != ""
    endpoint.refresh_from_db()
    assert (endpoint.url, list_entries()) == ("https://hooks.example.com/in", [])


def test_an_endpoint_is_changed_and_what_waits_is_dropped_when_it_is_disabled(admin):
    endpoint = make_endpoint()
    open_many(endpoint, [1])
    path = page_of(ENDPOINT, "change", endpoint.pk)
    assert read_labels(admin.get(path)) == {"Disable", "Rotate the secret", "Delete"}
    changed = FORM | {"url": "https://new.example.com/", "types": ["incident.opened"], "statuses": []}
    assert admin.post(path, changed).status_code == 302
    assert admin.post(path, {"_disable": "1", "confirmed": "1"}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.types, endpoint.statuses, endpoint.disabled_reason) == (
        "https://new.example.com/",
        ["incident.opened"],
        [],
        "by_partner",
    )
    assert WebhookDelivery.objects.get().outcome == "dropped"
    assert read_labels(admin.get(path)) == {"Enable", "Rotate the secret", "Delete"}
    assert admin.post(path, {"_enable": "1"}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (None, "")


def test_a_rotated_secret_is_shown_once_and_the_older_one_signs_too(admin):
    endpoint = make_endpoint()
    older = list_secrets(endpoint, NOON)
    secret = read_secret(admin.post(page_of(ENDPOINT, "change", endpoint.pk), {"_rotate": "1"}))
    endpoint.refresh_from_db()
    assert list_secrets(endpoint, endpoint.rotated_at) == [secret, *older]


def test_an_endpoint_is_deleted_after_a_question_with_its_deliveries(admin):
    endpoint = make_endpoint()
    open_many(endpoint, [1, 2])
    path = page_of(ENDPOINT, "change", endpoint.pk)
    assert "Its deliveries are deleted too." in admin.post(path, {"_remove": "1"}).content.decode()
    assert WebhookEndpoint.objects.count() == 1
    assert admin.post(path, {"_remove": "1", "confirmed": "1"})["Location"] == page_of(ENDPOINT)
    assert (WebhookEndpoint.objects.count(), WebhookDelivery.objects.count()) == (0, 0)
    assert list_entries() == [("delete", "webhooks.webhookendpoint")]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("pressed", [button.field for button in WebhookEndpointAdmin.buttons])
def test_no_role_presses_a_button_of_an_endpoint(client, role, pressed):
    endpoint = make_endpoint()
    client.force_login(make_staff(role))
    answer = client.post(page_of(ENDPOINT, "change", endpoint.pk), {pressed: "1", "confirmed": "1"})
    endpoint.refresh_from_db()
    assert (answer.status_code, endpoint.disabled_at, endpoint.rotated_at) == (403, None, None)
