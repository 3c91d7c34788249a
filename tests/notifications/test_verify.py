"""`/verify/`: a true code shows what we sent, any other warns, and nobody can try many."""

import pytest
from django.conf import settings

from notifications.message_codes import open_code
from notifications.models import Delivery
from notifications.verify import WRONG_TRIES_AN_HOUR
from tests.english import find_english
from tests.notifications.stories import MAIL, NOON, PHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]


@pytest.fixture
def code():
    """Return the code of a sent SMS."""
    delivery = Delivery.objects.create(
        change_id="chg_1",
        recipient_id="rcp_one",
        transport="sms",
        shipment_id="SLX123456789",
        trigger="delivered",
        outcome="sent",
        finished_at=NOON,
    )
    return open_code(delivery, "hi", "+91 ••• ••• 10")


def facts(page: str) -> list[str]:
    return [part.partition("</dd>")[0] for part in page.split("<dd>")[1:]]


def test_a_true_code_shows_what_when_how_and_to_whom(client, code):
    answer = client.get(f"/verify/{code}", {"lang": "en"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "We sent this message" in page
    assert facts(page) == ["Delivered", "Tue 24 Nov, 11:24 am", "SMS", "+91 ••• ••• 10", "हिन्दी"]


def test_the_page_shows_no_shipment_and_no_link_to_one(client, code):
    page = client.get(f"/verify/{code}").content.decode()
    assert [value for value in ("SLX123456789", "/t/", "rcp_one", PHONE, MAIL) if value in page] == []


def test_a_code_that_is_typed_otherwise_leads_to_its_page(client, code):
    typed = f"# {code[:4].lower()}-{code[4:]}"
    answer = client.get("/verify/", {"number": typed, "lang": "ta"})
    assert (answer.status_code, answer["Location"]) == (302, f"/verify/{code}?lang=ta")


@pytest.mark.parametrize("typed", ["K7M2Q9XB", "nothing", "9" * 300, "%00", "क"])
def test_any_other_code_warns_of_forged_messages_and_gives_the_helpline(client, code, typed):
    answer = client.get(f"/verify/{typed}")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "We sent no message with this number" in page
    assert "call 1930 at once" in page
    assert facts(page) == []


def test_unknown_and_malformed_codes_have_the_same_page(client):
    assert client.get("/verify/K7M2Q9XB").content == client.get("/verify/x").content


def test_wrong_tries_of_a_network_are_limited_and_right_ones_cost_nothing(client, code):
    for _ in range(WRONG_TRIES_AN_HOUR + 5):
        assert client.get(f"/verify/{code}").status_code == 200
    tries = [client.get("/verify/K7M2Q9XB").status_code for _ in range(WRONG_TRIES_AN_HOUR + 1)]
    assert tries == [404] * WRONG_TRIES_AN_HOUR + [429]
    limited = client.get(f"/verify/{code}")
    assert (limited.status_code, limited["Retry-After"], facts(limited.content.decode())) == (429, "3600", [])
    assert client.get(f"/verify/{code}", REMOTE_ADDR="198.51.100.7").status_code == 200


@pytest.mark.parametrize("path", ["/verify/", "/verify/K7M2Q9XB"])
def test_the_page_is_neither_indexed_nor_stored(client, path):
    answer = client.get(path)
    assert (answer["X-Robots-Tag"], answer["Cache-Control"], answer["Referrer-Policy"]) == (
        "noindex",
        "private, no-store",
        "no-referrer",
    )
    assert "Accept-Language" in answer["Vary"]


def test_nothing_can_be_posted(client):
    assert client.post("/verify/", {"number": "K7M2Q9XB"}).status_code == 405


@pytest.mark.parametrize(
    ("asked", "header", "lang"),
    [("", "", "en-IN"), ("hi", "", "hi"), ("", "ta-IN,ta;q=0.9,en;q=0.5", "ta"), ("xx", "hi", "hi")],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_browser(client, asked, header, lang):
    headers = {"Accept-Language": header} if header else {}
    page = client.get("/verify/", {"lang": asked} if asked else {}, headers=headers).content.decode()
    assert f'<html lang="{lang}">' in page


def test_a_message_is_shown_in_its_own_language_unless_the_reader_has_chosen_another(client, code):
    shown = [client.get(f"/verify/{code}", query).content.decode() for query in ({}, {"lang": "ta"})]
    assert ['<html lang="hi">' in shown[0], '<html lang="ta">' in shown[1]] == [True, True]


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_no_page_in_hindi_or_tamil_has_english(client, code, language):
    client.get("/verify/", {"lang": language})
    paths = ["/verify/", f"/verify/{code}", *["/verify/K7M2Q9XB"] * (WRONG_TRIES_AN_HOUR + 1)]
    answers = [client.get(path) for path in paths]
    assert answers[-1].status_code == 429
    site = settings.PUBLIC_URL
    assert [find_english(answer.content.decode(), [site]) for answer in answers] == [[]] * len(answers)
