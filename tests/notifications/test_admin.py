"""Admin pages: deliveries can be read and never changed."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from notifications.models import Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]


@pytest.fixture
def row():
    return Delivery.objects.create(
        change_id="chg_1", recipient_id="rcp_one", transport="sms", shipment_id="123", trigger="delivered"
    )


@pytest.fixture
def superuser(client):
    client.force_login(User.objects.create_superuser("superuser"))
    return client


def test_deliveries_are_listed_and_found_by_shipment(superuser, row):
    listed = superuser.get(reverse("admin:notifications_delivery_changelist"), {"q": "123"})
    assert listed.status_code == 200
    assert "delivered" in listed.content.decode()


def test_nobody_adds_changes_or_deletes_a_delivery(superuser, row):
    opened = reverse("admin:notifications_delivery_change", args=[row.pk])
    assert superuser.get(opened).status_code == 200
    assert superuser.post(opened, {"reason": "x"}).status_code == 403
    assert superuser.get(reverse("admin:notifications_delivery_add")).status_code == 403
    assert superuser.post(reverse("admin:notifications_delivery_delete", args=[row.pk])).status_code == 403
