"""Language of the pages: who decides it, what is kept, and that no English is left in Hindi and Tamil."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.utils import translation
from django.views import defaults
from django.views.csrf import csrf_failure

from tests.english import find_english
from tests.tracking.pages import nearby
from tests.tracking.pages.bookings import HUBS, book, rename
from tests.tracking.pages.examples import NOW, STATES, make_state
from tracking.api.errors import METHOD_NOT_ALLOWED, TOO_LARGE, UNAVAILABLE
from tracking.pages.indian_numbers import group_digits
from tracking.pages.trouble import refuse
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]
CONTACT = Contact("Asha Raghavan", "+919845012345")
PLACES = ("Nelamangala", "Kengeri", "Ramanagara", "Maddur", "Mandya")
NAMES = [name for hub in HUBS.values() for name in (hub["name"], hub["town"], hub["name"].split()[0])]
HEADINGS = {"en": "Booked", "hi": "बुक हुआ", "ta": "பதிவு செய்யப்பட்டது"}


@pytest.fixture(autouse=True)
def moment(time_machine):
    time_machine.move_to(NOW, tick=False)


def read_language(answer) -> str:
    return answer.content.decode().partition('<html lang="')[2].partition('"')[0]


def find_words(answer, *names: str) -> list[str]:
    places = [*PLACES, *NAMES, "Peenya", "Whitefield", "Sort Centre", "Delivery Hub", "Gateway", "Hub", "hub"]
    return find_english(answer.content.decode(), [*places, *names])


@pytest.mark.parametrize(
    ("parameter", "cookie", "booked", "browser", "language"),
    [
        ("ta", "hi", "hi", "hi", "ta"),
        ("", "ta", "hi", "hi", "ta"),
        ("", "", "ta", "hi", "ta"),
        ("xx", "xx", "ta", "hi", "ta"),
        ("en", "", "ta", "hi", "en-IN"),
    ],
)
def test_the_parameter_decides_before_the_cookie_the_booking_and_the_browser(
    client, parameter, cookie, booked, browser, language
):
    token = book(make_state("created"), language=booked)
    client.cookies.load({"lang": cookie} if cookie else {})
    query = {"lang": parameter} if parameter else {}
    answer = client.get(f"/t/{token}", query, headers={"Accept-Language": browser})
    assert read_language(answer) == language


@pytest.mark.parametrize(
    ("browser", "language"),
    [
        ("hi-IN,hi;q=0.9,en;q=0.8", "hi"),
        ("de,ta;q=0.5", "ta"),
        ("de", "en-IN"),
        ("", "en-IN"),
        ("*", "en-IN"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/track/", "/t/unknown", "/no/such/page"])
def test_without_a_booking_the_browser_decides(client, path, browser, language):
    answer = client.get(path, headers={"Accept-Language": browser} if browser else {})
    assert read_language(answer) == language


@pytest.mark.parametrize("language", HEADINGS)
def test_a_page_is_in_the_language_of_its_booking(client, language):
    token = book(make_state("created", promised=None), language=language)
    page = client.get(f"/t/{token}").content.decode()
    assert f"<h1>{HEADINGS[language]}</h1>" in page


def test_an_expired_link_is_in_the_language_of_its_booking(client, time_machine):
    path = f"/t/{book(STATES['delivered'], language='ta')}"
    time_machine.move_to(NOW + timedelta(days=20), tick=False)
    answer = client.get(path)
    assert (answer.status_code, read_language(answer), find_words(answer)) == (410, "ta", [])


def test_a_chosen_language_is_kept_in_a_cookie_for_the_next_page(client):
    answer = client.get("/track/", {"lang": "ta"})
    cookie = answer.cookies["lang"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"], cookie["httponly"], cookie["path"]) == (
        "ta",
        365 * 24 * 3600,
        "Lax",
        True,
        "/",
    )
    assert read_language(client.get("/track/")) == "ta"
    assert "lang" not in client.get("/track/", {"lang": "ta"}).cookies


def test_no_cookie_is_set_unless_a_language_is_chosen(client):
    token = book(make_state("created"), language="hi")
    for path in ("/", "/track/", f"/t/{token}", "/track/?lang=xx"):
        assert dict(client.get(path).cookies) == {}


@pytest.mark.parametrize("path", ["/", "/track/", "/t/unknown", "/no/such/page"])
def test_an_answer_of_its_own_language_says_that_it_varies(client, path):
    answer = client.get(path)
    assert (answer["Vary"], "public" in answer.get("Cache-Control", "")) == ("Accept-Language, Cookie", False)


@pytest.mark.parametrize(
    "path", ["/eta-quality/?lang=hi", "/status/?lang=hi", "/tracking/SLX-4821-0937?lang=hi"]
)
def test_an_answer_that_every_cache_may_keep_depends_on_its_url_alone(client, path):
    book(make_state("created"))
    plain = client.get(path)
    client.cookies.load({"lang": "ta"})
    other = client.get(path, headers={"Accept-Language": "ta"})
    assert (other.content, dict(other.cookies), "Cookie" in other.get("Vary", "")) == (
        plain.content,
        {},
        False,
    )


def test_pages_of_two_languages_have_different_etags(client):
    path = f"/t/{book(make_state('created'))}"
    etags = {client.get(path, {"lang": language})["ETag"] for language in HEADINGS}
    assert len(etags) == 3


def test_the_console_stays_in_english(client):
    answer = client.get("/ops/login/", {"lang": "hi"}, headers={"Accept-Language": "ta"})
    assert (read_language(answer), "lang" in answer.cookies) == ("en", False)


def test_each_page_links_to_itself_in_the_other_languages_and_names_them_in_their_own(client):
    page = client.get("/track/", {"lang": "hi"}).content.decode()
    links = page.partition('<nav class="languages"')[2].partition("</nav>")[0]
    assert links == (
        ' aria-label="भाषाएँ"><a class="other" href="?lang=en" lang="en" hreflang="en">English</a>'
        '<a class="other" href="?lang=ta" lang="ta" hreflang="ta">தமிழ்</a>'
    )


def test_the_answer_to_a_form_links_to_the_page_and_not_to_the_address_of_the_form(client):
    path = f"/t/{book(make_state('created'), contact=CONTACT)}"
    page = client.post(f"{path}/unlock", {"secret": "1"}).content.decode()
    assert f'href="{path}?lang=hi"' in page


@pytest.mark.parametrize("language", ["hi", "ta"])
@pytest.mark.parametrize("name", STATES)
def test_a_page_of_a_shipment_has_no_english_locked_and_unlocked(client, name, language):
    state = rename(STATES[name], "4821-0937")
    path = f"/t/{book(state, contact=CONTACT, cod_amount='1234567.50')}"
    locked = client.get(path, {"lang": language})
    assert client.post(f"{path}/unlock", {"secret": "2345"}).status_code == 302
    unlocked = client.get(path)
    assert (find_words(locked), find_words(unlocked)) == ([], [])
    assert (read_language(locked), read_language(unlocked)) == (language, language)


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_the_page_of_a_van_nearby_has_no_english(client, language):
    path = f"/t/{nearby.ride(4)}"
    client.get(path, {"lang": language})
    client.post(f"{path}/unlock", {"secret": nearby.SECRET})
    answer = client.get(path)
    assert ('data-scene="near"' in answer.content.decode(), find_words(answer, "SLX", "NEAR")) == (True, [])


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_pages_without_a_shipment_and_refused_forms_have_no_english(client, language):
    path = f"/t/{book(make_state('created'), contact=CONTACT)}"
    client.get("/track/", {"lang": language})
    forms = [
        {"number": "", "secret": "1"},
        {"number": "98450 12345", "secret": "560034"},
        {"number": "7", "secret": "2345"},
    ]
    answers = [
        *(
            client.get(path)
            for path in ("/", "/track/", "/t/unknown", f"/eta-quality/?lang={language}", "/no/such/page")
        ),
        *(client.post("/track/", form) for form in forms),
        *(client.post(f"{path}/unlock", {"secret": "1"}) for _ in range(6)),
    ]
    assert {answer.status_code for answer in answers} == {200, 404, 422, 429}
    assert [find_words(answer, "SLX") for answer in answers] == [[]] * len(answers)


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_error_pages_have_no_english(language):
    request = RequestFactory().get("/nowhere")
    with translation.override(language):
        answers = [
            defaults.bad_request(request, ValueError()),
            defaults.permission_denied(request, PermissionError()),
            defaults.page_not_found(request, Http404()),
            defaults.server_error(request),
            csrf_failure(request),
            *(refuse(request, refusal) for refusal in (METHOD_NOT_ALLOWED, TOO_LARGE, UNAVAILABLE)),
        ]
    assert [(read_language(answer), find_words(answer)) for answer in answers] == [(language, [])] * 8


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Today, 6:46\u00a0am"),
        ("hi", "आज, सुबह 6:46\u00a0बजे"),
        ("ta", "இன்று, காலை 6:46\u00a0மணி"),
    ],
)
def test_times_are_written_as_readers_of_each_language_write_them(client, language, text):
    state = make_state("in_transit", hours_ago=timedelta(minutes=6) / timedelta(hours=1))
    page = client.get(f"/t/{book(state)}", {"lang": language}).content.decode()
    assert text in page


def test_digits_are_grouped_by_thousands_lakhs_and_crores():
    assert [group_digits(number) for number in (999, 1_000, 123_456, 12_345_678)] == [
        "999",
        "1,000",
        "1,23,456",
        "1,23,45,678",
    ]
