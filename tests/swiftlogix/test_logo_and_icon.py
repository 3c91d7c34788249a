"""Every page of the product has the same icon and the same logo: all addresses, also error pages."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.house.sources import read
from tests.swiftlogix.addresses import list_paths
from tests.tracking.conftest import api, hubs, partner, world  # noqa: F401 - fixtures
from tests.tracking.pages.test_role_matrix import list_under
from tests.tracking.stories import BOOKING
from tracking.models import Shipment
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
ICON = '<link rel="icon" type="image/svg+xml" href="/static/tracking/ops/mark.svg">'
LOGO = re.compile(r'<svg class="mark" .*?</svg>')
# The whole page of an e-mail is what a mail program shows.
WITHOUT_LOGO = re.compile(r"^/ops/outbox/\w+/?$")


@pytest.fixture
def texts(world, hubs, api):  # noqa: F811 - fixtures
    """Whole pages by path, as the recipient and a superuser see them, with errors of each surface."""
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    shipment = Shipment.objects.get()
    values = {"shipment_id": shipment.shipment_id, "token": make_token(shipment.shipment_id, 0)}
    paths = [*list_paths(values), *(address.path for address in list_under("/admin/"))]
    client, stranger = Client(raise_request_exception=False), Client()
    client.force_login(User.objects.create_superuser("operator"))
    answers = {path: client.get(path) for path in [*paths, "/nowhere", "/ops/nowhere", "/admin/nowhere"]}
    answers |= {f"stranger {path}": stranger.get(path) for path in ("/ops/login/", "/ops/nowhere")}
    assert [path for path, answer in answers.items() if answer.status_code >= 500] == []
    pages = {
        path: answer.content.decode()
        for path, answer in answers.items()
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
    }
    return {path: text for path, text in pages.items() if "<html" in text and not WITHOUT_LOGO.match(path)}


def test_every_page_has_the_icon_and_one_logo_and_both_are_the_same(texts):
    assert {"/", "/track/", "/ops/", "/api/docs/", "/nowhere", "/ops/nowhere", "/admin/"} <= set(texts)
    icons = {path: re.findall(r'<link rel="[^"]*icon"[^>]*>', text) for path, text in texts.items()}
    assert {path: found for path, found in icons.items() if found != [ICON]} == {}
    logos = {path: LOGO.findall(text) for path, text in texts.items()}
    assert {path: len(found) for path, found in logos.items() if len(found) != 1} == {}
    assert len({logo for found in logos.values() for logo in found}) == 1
    (drawn,) = re.findall(r' d="([^"]+)"', read("tracking/static/tracking/ops/mark.svg"))
    (shown,) = {
        path for text in texts.values() for path in re.findall(r'class="mark-lines" d="([^"]+)"', text)
    }
    assert drawn == shown


def test_a_client_that_reads_no_page_finds_the_icon_at_its_usual_path(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (
        302,
        "/static/tracking/ops/mark.svg",
        "public, max-age=86400",
    )
