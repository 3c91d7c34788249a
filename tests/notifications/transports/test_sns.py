"""SNS's errors become ours, permanent or transient, and never quote a phone number."""

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.stub import ANY, Stubber
from django.core.exceptions import ImproperlyConfigured

from notifications.transports.email import MailTopicTransport
from notifications.transports.sms import SmsTransport
from notifications.transports.sns import find_topic, publish
from tests.notifications.stories import PHONE, make_message
from tracking.adapters.aws import build_client
from tracking.domain.errors import PermanentError, TransientError


@pytest.fixture
def sns():
    """SNS answered by botocore's own stub: no call leaves the process."""
    with Stubber(build_client("sns")) as stub:
        yield stub
        stub.assert_no_pending_responses()


DLT = {"delivered.en": "1107", "delivered.hi": "1108"}


def expect_sms(sns, message, **attributes: str) -> None:
    """Expect one SMS with the message's text and exactly these attributes."""
    values = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "SWFTLX"} | attributes
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
    asked = {"PhoneNumber": message.address, "Message": message.body, "MessageAttributes": typed}
    sns.add_response("publish", {"MessageId": "m1"}, asked)


@pytest.mark.parametrize(("language", "template_id"), [("en", "1107"), ("hi", "1108")])
def test_an_sms_has_the_attributes_that_carriers_ask_for_in_its_language(sns, language, template_id):
    message = make_message(language=language)
    ids = {"AWS.MM.SMS.EntityId": "1101", "AWS.MM.SMS.TemplateId": template_id}
    expect_sms(sns, message, **ids)
    assert SmsTransport("SWFTLX", entity_id="1101", template_ids=DLT).send(message) == "m1"


def test_an_sms_without_a_registered_text_in_its_language_is_not_sent(sns):
    transport = SmsTransport("SWFTLX", entity_id="1101", template_ids=DLT)
    with pytest.raises(PermanentError, match="no_dlt_template"):
        transport.send(make_message(language="ta"))


@pytest.mark.parametrize(
    ("text", "template_id"), [("out_for_delivery", "1"), ("out_for_delivery.expected", "2")]
)
def test_each_of_two_texts_of_a_trigger_has_an_id_of_its_own(sns, text, template_id):
    ids = {"out_for_delivery.en": "1", "out_for_delivery.expected.en": "2"}
    message = make_message(text=text)
    expect_sms(sns, message, **{"AWS.MM.SMS.EntityId": "1101", "AWS.MM.SMS.TemplateId": template_id})
    assert SmsTransport("SWFTLX", entity_id="1101", template_ids=ids).send(message) == "m1"


def test_an_sms_to_another_country_needs_no_registered_text(sns):
    message = make_message(language="ta", address="+61491570156")
    expect_sms(sns, message)
    assert SmsTransport("SWFTLX", entity_id="1101", template_ids=DLT).send(message) == "m1"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            {"entity_id": "1101", "template_ids": {"delivered.fr": "1", "arrived.en": "2"}},
            "no text named arrived.en, delivered.fr",
        ),
        (
            {"entity_id": "1101", "template_ids": {"delayed.expected.en": "1"}},
            "no text named delayed.expected.en",
        ),
        ({"template_ids": DLT}, "needs SMS_DLT_ENTITY_ID"),
    ],
)
def test_ids_that_no_message_would_have_stop_the_start(options, complaint):
    with pytest.raises(ImproperlyConfigured, match=complaint):
        SmsTransport("SWFTLX", **options)


def test_an_empty_attribute_is_left_out_since_sns_takes_no_empty_value(sns):
    typed = {
        "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
        "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "SWFTLX"},
    }
    sns.add_response(
        "publish", {"MessageId": "m1"}, {"PhoneNumber": PHONE, "Message": ANY, "MessageAttributes": typed}
    )
    assert SmsTransport("SWFTLX").send(make_message()) == "m1"


def test_an_email_has_the_attributes_that_subscribers_filter_by(sns):
    values = {
        "partner_id": "prt_1",
        "type": "delivered",
        "status": "delivered",
        "livemode": "true",
        "recipient_id": "rcp_one",
    }
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
    account = {"UserId": "u", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/u"}
    message = make_message(subject="Delivered: 123")
    sns.add_response(
        "publish",
        {"MessageId": "m1"},
        {
            "TopicArn": "arn:aws:sns:ap-south-1:123456789012:mail",
            "Subject": "Delivered: 123",
            "Message": message.body,
            "MessageAttributes": typed,
        },
    )
    find_topic.cache_clear()
    with Stubber(build_client("sts")) as sts:
        sts.add_response("get_caller_identity", account)
        assert MailTopicTransport("mail").send(message) == "m1"
    find_topic.cache_clear()


@pytest.mark.parametrize(
    ("code", "http_status", "reason"),
    [
        ("InvalidParameter", 400, "invalid_address"),
        ("ParameterValueInvalid", 400, "invalid_address"),
        ("OptedOut", 400, "opted_out"),
        ("AuthorizationError", 403, "refused"),
        ("NotFound", 404, "refused"),
    ],
)
def test_a_final_refusal_is_permanent_and_its_text_is_the_reason_code(sns, code, http_status, reason):
    sns.add_client_error("publish", code, f"Invalid parameter: {PHONE}", http_status)
    with pytest.raises(PermanentError) as refused:
        publish({}, PhoneNumber=PHONE, Message="x")
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("code", "http_status"),
    [("Throttled", 429), ("Throttling", 400), ("InternalError", 500), ("ServiceUnavailable", 503)],
)
def test_a_temporary_refusal_is_transient_and_quotes_no_number(sns, code, http_status):
    sns.add_client_error("publish", code, f"no luck with {PHONE}", http_status)
    with pytest.raises(TransientError) as failed:
        publish({}, PhoneNumber=PHONE, Message="x")
    assert str(failed.value) == f"sns: {code}"
    # A traceback does not show SNS's own text either.
    assert failed.value.__suppress_context__


@pytest.mark.parametrize(
    "lost", [EndpointConnectionError(endpoint_url="http://x"), ConnectTimeoutError(endpoint_url="http://x")]
)
def test_a_lost_connection_is_transient(lost):
    def lose(**_: object) -> None:
        raise lost

    events = build_client("sns").meta.events
    events.register("before-send.sns.Publish", lose)
    try:
        with pytest.raises(TransientError) as failed:
            publish({}, PhoneNumber=PHONE, Message="x")
    finally:
        events.unregister("before-send.sns.Publish", lose)
    assert str(failed.value) == f"sns: {type(lost).__name__}"
