"""Pages on messages in Hindi and Tamil: in the language of the person, and without English."""

import pytest

from notifications.address_hashes import hash_addresses
from notifications.consent_models import Preference
from notifications.models import Delivery
from notifications.ports import ports
from notifications.preference_links import open_link
from notifications.reasons import REASONS
from notifications.services import notify
from tests.english import find_english
from tests.notifications.stories import MAIL, PHONE, book, make_change, make_delay
from tracking.models import Shipment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static", "transports")]
# The masked address of the recipient.
NAMES = ["example.com"]
HEADINGS = {"en": "Your messages", "hi": "आपके संदेश", "ta": "உங்கள் செய்திகள்"}
BEGINNINGS = {"en": "Your parcel", "hi": "आपका पार्सल", "ta": "உங்கள் பார்சல்"}


@pytest.fixture
def base():
    """Return the address of the preferences of the recipient of shipment 123."""
    book()
    return f"/preferences/{open_link('123', hash_addresses({'phone': PHONE, 'email': MAIL}))}"


def find_heading(client, path) -> str:
    return client.get(path).content.decode().partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize("language", HEADINGS)
def test_a_message_is_written_in_the_language_of_the_booking(base, transports, language):
    Shipment.objects.update(language=language)
    notify(ports(), make_change("delivered"))
    (sent,) = transports["email"].sent
    assert (sent.language, sent.body.startswith(BEGINNINGS[language])) == (language, True)


@pytest.mark.parametrize("language", HEADINGS)
def test_the_pages_are_in_the_language_of_the_booking(client, base, language):
    Shipment.objects.update(language=language)
    assert find_heading(client, base) == HEADINGS[language]


def test_a_language_that_the_person_has_chosen_decides_before_that_of_the_booking(client, base):
    Shipment.objects.update(language="hi")
    fields = {"transport": ["sms"], "language": "ta", "quiet_from": "21:00", "quiet_until": "08:00"}
    assert client.post(base, fields).status_code == 302
    assert set(Preference.objects.values_list("language", flat=True)) == {"ta"}
    assert find_heading(client, base) == HEADINGS["ta"]


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_no_page_on_messages_has_english(client, base, language):
    client.get(base, {"lang": language})
    notify(ports(), make_delay())
    client.post(f"{base}/stop/sms")
    notify(ports(), make_delay(change_id="chg_2", episode=2))
    Delivery.objects.filter(transport="email").update(repeats=2)
    answers = [
        *(
            client.get(f"{base}{path}")
            for path in ("", "?done=saved", "?done=started", "/stop/sms", "/stop/email")
        ),
        client.post(f"{base}/stop/email"),
        client.post(f"{base}/stop/email", {"action": "start"}),
        client.post(base, {"quiet_from": "25:00", "quiet_until": ""}),
        *(client.get(f"{base}/why/{number}") for number in Delivery.objects.values_list("pk", flat=True)),
    ]
    assert [answer.status_code for answer in answers] == [200] * 7 + [422] + [200] * (len(answers) - 8)
    assert [find_english(answer.content.decode(), NAMES) for answer in answers] == [[]] * len(answers)


@pytest.mark.parametrize("language", ["hi", "ta"])
@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_translated_on_the_page(client, base, language, reason):
    notify(ports(), make_delay())
    delivery = Delivery.objects.get(transport="email")
    Delivery.objects.update(outcome=Delivery.Outcome.SUPPRESSED, reason=reason)
    answer = client.get(f"{base}/why/{delivery.pk}", {"lang": language})
    assert (answer.status_code, find_english(answer.content.decode(), [*NAMES, "DLT"])) == (200, [])
