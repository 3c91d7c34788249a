"""WhatsApp against a stub of its Cloud API: what it gets, and what its answers lead to."""

import json

import pytest

from notifications.domain import Trigger
from notifications.transports.whatsapp import WHATSAPP, WhatsAppTransport
from notifications.wording import render_message
from tests.notifications.stories import NOON, PHONE, make_message, plan_notification
from tests.notifications.transports.provider import Provider
from tracking.domain.errors import PermanentError, TransientError

TEMPLATES = {"delivered.en": "parcel_news", "delivered.hi": "parcel_news"}
BODY = "Your parcel was delivered on Tue 24 Nov, 11:24 am.\nK7QM2XWD\nhttps://track.example/t/abc"
TAKEN = json.dumps({"messaging_product": "whatsapp", "messages": [{"id": "wamid.1"}]}).encode()


@pytest.fixture
def api():
    with Provider() as running:
        running.status, running.answer = 200, TAKEN
        yield running


@pytest.fixture
def transport(api):
    return WhatsAppTransport("secret", "1055", TEMPLATES, f"{api.url}/v23.0")


def refuse(api, status: int, code: int) -> None:
    api.status = status
    api.answer = json.dumps({"error": {"message": f"(#{code}) for {PHONE}", "code": code}}).encode()


def test_a_message_leaves_in_its_approved_template(api, transport):
    assert transport.send(make_message(body=BODY, language="hi")) == "wamid.1"
    (received,) = api.received
    assert (received.path, received.headers["authorization"]) == ("/v23.0/1055/messages", "Bearer secret")
    fact, code, _ = BODY.split("\n")
    assert json.loads(received.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE.removeprefix("+"),
        "type": "template",
        "template": {
            "name": "parcel_news",
            "language": {"code": "hi"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": fact}, {"type": "text", "text": code}],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "abc"}],
                },
            ],
        },
    }


@pytest.mark.parametrize("trigger", sorted(WHATSAPP.triggers))
def test_every_text_has_a_line_for_each_variable_of_the_template(trigger: Trigger):
    planned = plan_notification(trigger, WHATSAPP)
    body = render_message(planned, "https://track.example/t/abc", "en", "K7QM2XWD", NOON).body
    fact, *others = body.split("\n")
    assert (bool(fact), others) == (True, ["K7QM2XWD", "https://track.example/t/abc"])


def test_a_message_without_an_approved_template_in_its_language_is_not_sent(api, transport):
    with pytest.raises(PermanentError, match="no_template_language"):
        transport.send(make_message(body=BODY, language="ta"))
    assert api.received == []


@pytest.mark.parametrize(
    ("status", "code", "error", "reason"),
    [
        (400, 131026, PermanentError, "invalid_address"),
        (400, 131030, PermanentError, "invalid_address"),
        (400, 131050, PermanentError, "opted_out"),
        (404, 132001, PermanentError, "no_template_language"),
        (400, 132000, PermanentError, "refused"),
        (400, 100, PermanentError, "refused"),
        (400, 131056, TransientError, "whatsapp: 400, code 131056"),
        (429, 130429, TransientError, "whatsapp: 429, code 130429"),
        (401, 190, TransientError, "whatsapp: 401, code 190"),
        (503, 131016, TransientError, "whatsapp: 503, code 131016"),
    ],
)
def test_a_refusal_is_named_by_its_code_and_quotes_no_number(api, transport, status, code, error, reason):
    refuse(api, status, code)
    with pytest.raises(error) as failed:
        transport.send(make_message(body=BODY))
    assert (type(failed.value), str(failed.value)) == (error, reason)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'{"messages":[]}', b'{"error":"x"}'])
def test_an_answer_that_cannot_be_read_is_a_transient_error(api, transport, answer):
    api.answer = answer
    with pytest.raises(TransientError, match="code 0"):
        transport.send(make_message(body=BODY))


def test_an_unreachable_api_is_a_transient_error(api, transport):
    api.stop()
    with pytest.raises(TransientError, match="whatsapp: ConnectError"):
        transport.send(make_message(body=BODY))
