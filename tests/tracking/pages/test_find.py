"""`/track/` finds a shipment by its number as people type, read out or paste it."""

import pytest
from django.urls import reverse

from tests.tracking.stories import BOOKING, give_series
from tracking.models import Shipment
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
# Last digits of the phone number of `BOOKING`.
DIGITS = "2345"
NUMBER = "SLXDTRQZMZT277"
FOUND = 302, f"/t/{make_token(NUMBER, 0)}"


@pytest.fixture
def book(api, world, hubs, partner):
    """Book shipments under these ids, each with the same recipient but for the phone number."""

    give_series(partner, "SA")

    def book_all(*numbers: str, phone: str = "98450 12345") -> None:
        recipient = BOOKING["recipient"] | {"phone": phone}
        for number in numbers:
            booked = api.post("/api/v1/shipments", BOOKING | {"shipment_id": number, "recipient": recipient})
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


@pytest.mark.parametrize(
    "typed", ["", "#", "SLXDTRQZMZT27", "X" * 3000, "9" * 5000, "vehicle#VH1", "\x00", "%", "ज" * 700]
)
def test_other_text_finds_nothing(client, book, typed):
    book(NUMBER)
    assert find(client, typed) == (404, None)


def test_tries_of_one_number_count_together_however_it_is_typed(client, book):
    book(NUMBER)
    spellings = ("slxdtrqzmzt277", "SLX-DTRQZMZT277", "#SLXDTRQZMZT277", "SLX DTRQZMZT277", NUMBER)
    assert [find(client, typed, "1")[0] for typed in spellings] == [404] * 5
    assert find(client, "SLX_DTRQZMZT277") == (429, None)


def test_the_database_finds_the_letters_and_digits_by_an_index(book):
    book(NUMBER)
    plan = Shipment.objects.filter(plain_id=NUMBER).explain()
    assert "SEARCH tracking_shipment USING INDEX" in plan
