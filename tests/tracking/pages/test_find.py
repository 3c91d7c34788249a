"""`/track/` finds a shipment by its number as people type, read out or paste it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from tests.databases import is_found_by_index
from tests.tracking.pages import bookings
from tests.tracking.stories import BOOKING, give_series
from tracking.models import Shipment
from tracking.pages.texts import render_text
from tracking.services.partners.recipients import Contact
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
# Last digits of the phone number of `BOOKING`.
DIGITS = "2345"
NUMBER = "SLXDTRQZMZT277"
FOUND = 302, f"/t/{make_token(NUMBER, 0)}"
# An id of ours, which has letters that are misread.
OWN = "SLXQD4LV7QHJK23MR"


@pytest.fixture
def book(api, world, hubs, partner):
    """Book shipments under these ids, each with the same recipient but for the phone number."""

    give_series(partner, "SA")

    def book_all(*numbers: str, phone: str = "98450 12345", reference: str = "order-77") -> None:
        booking = BOOKING | {"recipient": BOOKING["recipient"] | {"phone": phone}, "reference": reference}
        for number in numbers:
            booked = api.post("/api/v1/shipments", booking | {"shipment_id": number})
            assert booked.status_code == 201

    return book_all


def find(client, number: str, secret: str = DIGITS) -> tuple[int, str | None]:
    answer = client.post(reverse("find"), {"number": number, "secret": secret})
    return answer.status_code, answer.get("Location")


@pytest.mark.parametrize(
    "typed",
    [
        "SLXDTRQZMZT277",
        "slxdtrqzmzt277",
        "SLX DTRQ ZMZT277",
        "SLX-DTRQ-ZMZT-277",
        "SLX – DTRQZMZT277",
        "SLXDTRQZMZT277\u200b",
        "\u200eSLXDTRQZMZT277",
        "\ufeffSLX\u00adDTRQ\u2060ZMZT277\u00a0",
        "#SLXDTRQZMZT277",
        "# slx dtrq zmzt 277.",
        "SLXDTRQZMZT२७७",
        "\uff33\uff2c\uff38DTRQZMZT277",
        "SLXDTRQZMZT277\n",
        "SLXDTRQ\x00ZMZT277",
    ],
)
def test_a_number_is_found_as_it_is_typed(client, book, typed):
    book(NUMBER)
    assert find(client, typed) == FOUND


def test_an_id_with_dashes_is_found_without_them(client, book):
    book("slx-4821_a.b")
    assert find(client, "SLX 4821 AB") == (302, f"/t/{make_token('slx-4821_a.b', 0)}")


def test_an_id_that_is_typed_exactly_is_found_before_ids_with_the_same_letters(client, book):
    book("AB-1", "ab1", "AB1")
    assert [find(client, typed)[1] for typed in ("AB-1", "ab1", "AB1")] == [
        f"/t/{make_token(number, 0)}" for number in ("AB-1", "ab1", "AB1")
    ]


def test_of_ids_with_the_same_letters_the_secret_decides(client, book):
    book("AB-1")
    book("ab1", phone="98450 54321")
    assert find(client, "A B 1") == (302, f"/t/{make_token('AB-1', 0)}")
    assert find(client, "A B 1", "4321") == (302, f"/t/{make_token('ab1', 0)}")


@pytest.mark.parametrize("typed", ["SLXDTRQZMZT27", "X" * 3000, "9" * 5000, "vehicle#VH1", "\x00a", "%1"])
def test_other_text_finds_nothing(client, book, typed):
    book(NUMBER)
    assert find(client, typed) == (404, None)


def test_tries_of_one_number_count_together_however_it_is_typed(client, book):
    book(NUMBER)
    spellings = ("slxdtrqzmzt277", "SLX-DTRQZMZT277", "#SLXDTRQZMZT277", "SLX DTRQZMZT277", NUMBER)
    assert [find(client, typed, "9999")[0] for typed in spellings] == [404] * 5
    assert find(client, "SLX_DTRQZMZT277") == (429, None)


def test_the_database_finds_the_letters_and_digits_by_an_index(book):
    book(NUMBER)
    for searched in ({"plain_id": NUMBER}, {"plain_reference__in": ["ORDER77", "77"]}):
        assert is_found_by_index(Shipment.objects.filter(**searched))


@pytest.mark.parametrize(
    "typed",
    [
        "order-77",
        "ORDER 77",
        "#order/77",
        "Order no. order-77",
        "AWB: SLX DTRQ ZMZT277",
        "Tracking number SLXDTRQZMZT277",
        f"http://localhost:8000{FOUND[1]}",
        f"Your parcel is on its way: https://track.example{FOUND[1]}?s=1 SWFTLX",
        "https://track.example/tracking/SLXDTRQZMZT277/",
    ],
)
def test_an_order_number_a_label_and_a_pasted_link_find_the_parcel(client, book, typed):
    book(NUMBER)
    assert find(client, typed) == FOUND


@pytest.mark.parametrize(
    "typed",
    [OWN, OWN.replace("Q", "0", 1), OWN.replace("L", "1"), OWN.replace("D", "O").lower(), f"It is {OWN}!"],
)
def test_a_misread_character_of_an_own_id_is_put_right_by_the_check_character(client, world, db, typed):
    token = bookings.book(None, shipment_id=OWN, contact=Contact("Asha Raghavan", "+919845012345"))
    assert find(client, typed) == (302, f"/t/{token}")


def test_letters_in_a_run_of_digits_are_read_as_digits_unless_an_id_has_the_letters(client, book):
    book("a10024")
    assert find(client, "AlOO24") == (302, f"/t/{make_token('a10024', 0)}")
    book("alOO24")
    assert find(client, "AlOO24") == (302, f"/t/{make_token('alOO24', 0)}")


def test_of_equal_order_numbers_the_secret_decides(client, book):
    book("1", phone="98450 54321")
    book("2")
    assert [find(client, "order 77", secret)[1] for secret in ("4321", DIGITS)] == [
        f"/t/{make_token(number, 0)}" for number in ("1", "2")
    ]


def test_a_try_by_an_order_number_counts_for_each_parcel_that_has_it(client, book):
    book("1", "2")
    assert [find(client, "order-77", "9999")[0] for _ in range(6)] == [404] * 5 + [429]
    assert [find(client, number) for number in ("1", "2")] == [(429, None)] * 2


@pytest.mark.parametrize(
    "secret", [DIGITS, "98450 12345", "+91 98450-12345", "09845012345", "0091 9845012345", "९८४५० १२३४५"]
)
def test_the_last_digits_or_the_whole_phone_number_are_right_in_every_spelling(client, book, secret):
    book(NUMBER)
    assert find(client, NUMBER, secret) == FOUND


@pytest.mark.parametrize("secret", ["8450 12345 0", "98451 12345", "919845112345", "9999", "1234567 12345"])
def test_another_phone_number_with_the_same_end_is_wrong(client, book, secret):
    book(NUMBER)
    assert find(client, NUMBER, secret) == (404, None)


@pytest.mark.parametrize(
    ("number", "secret", "error"),
    [
        ("", DIGITS, "find.number.missing"),
        (" # ", DIGITS, "find.number.missing"),
        ("%", DIGITS, "find.number.missing"),
        ("ज", DIGITS, "find.number.missing"),
        (NUMBER, "", "find.secret.missing"),
        (NUMBER, "Asha", "find.secret.missing"),
        (NUMBER, "12345", "find.secret.digits"),
        (NUMBER, "345", "find.secret.digits"),
        (NUMBER, "560034", "find.secret.letter"),
    ],
)
def test_a_mistake_of_form_is_reported_at_its_field_keeps_what_was_typed_and_costs_no_try(
    client, book, number, secret, error
):
    book(NUMBER)
    for _ in range(12):
        answer = client.post(reverse("find"), {"number": number, "secret": secret})
        page, field = answer.content.decode(), error.split(".")[1]
        assert (answer.status_code, answer["Cache-Control"]) == (422, "private, no-store")
        assert f'<p class="wrong" id="{field}-error" role="alert">{escape(render_text(error))}</p>' in page
        assert f'aria-invalid="true" autofocus aria-describedby="{field}-error {field}-hint"' in page
        assert (f'value="{number}"' in page, not secret or f'value="{secret}"' in page) == (True, True)
    assert find(client, NUMBER) == FOUND


def test_a_phone_number_in_place_of_the_number_is_explained(client, book):
    book(NUMBER)
    page = client.post(reverse("find"), {"number": "+91 98450 12345", "secret": DIGITS}).content.decode()
    assert (render_text("find.number.phone") in page, 'value="+91 98450 12345"' in page) == (True, True)


def test_a_wrong_secret_and_an_unknown_number_have_the_same_answer_and_the_same_work(client, book):
    book(NUMBER)
    unknown = NUMBER.replace("7", "8")
    answers, work = [], []
    for number in (NUMBER, unknown):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(reverse("find"), {"number": number, "secret": "9999"})
        work.append([re.sub(r"'[^']*'", "?", query["sql"]) for query in queries])
        answers.append((answer.status_code, answer.content.decode().replace(number, "")))
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    assert len(work[0]) == 5
    assert 'value="9999"' in answers[0][1]
