"""E-mails by SMTP, against a real server on the loopback address: what arrives, and how refusals end."""

import ssl

import pytest
import trustme
from django.core.exceptions import ImproperlyConfigured

from notifications.transports.smtp import SmtpTransport
from tests.notifications.stories import MAIL, make_message
from tests.notifications.transports.mail_server import SENDER, MailServer
from tracking.domain.errors import PermanentError, TransientError

STOP = "https://track.example/preferences/abc/stop/email"


def make_mail(**fields):
    """An e-mail as the services make it."""
    defaults = {
        "address": MAIL,
        "subject": "Delivered: 123",
        "body": "Your parcel was delivered on Tue 24 Nov, 11:24 am.\n\nShipment 123.",
        "html": "<html><body><p>Your parcel was delivered.</p></body></html>",
        "stop_link": STOP,
    }
    return make_message(**defaults | fields)


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
def transport(server):
    return SmtpTransport(server.settings, SENDER, configuration_set="parcels")


def test_an_email_has_text_and_html_and_the_headers_that_providers_ask_for(server, transport):
    message_id = transport.send(make_mail())
    (received,) = server.received
    wanted = {
        "From": SENDER,
        "To": MAIL,
        "Subject": "Delivered: 123",
        "Message-ID": f"<{message_id}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "en",
        "Feedback-ID": "delivered:prt_1:parcel:swiftlogix",
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "X-SES-CONFIGURATION-SET": "parcels",
    }
    assert {name: received[name] for name in wanted} == wanted
    assert received.get_content_type() == "multipart/alternative"
    assert (server.read_texts(), server.read_pages()) == ([make_mail().body], [make_mail().html])
    assert server.recipients == [MAIL]


def test_a_message_keeps_its_id_when_it_is_sent_again_and_another_recipient_has_another_id(transport):
    first, again = transport.send(make_mail()), transport.send(make_mail())
    other = transport.send(make_mail(recipient_id="rcp_two"))
    assert (again, first.endswith("@swiftlogix.example"), other == first) == (first, True, False)


def test_an_email_in_hindi_arrives_unchanged(server, transport):
    mail = make_mail(subject="डिलीवर हुआ: 123", body="आपका पार्सल पहुँच गया।", language="hi")
    transport.send(mail)
    assert (server.received[0]["Subject"], server.read_texts()) == (mail.subject, [mail.body])


def test_a_message_without_html_and_links_is_plain_text_without_an_unsubscribe_header(server):
    SmtpTransport(server.settings, SENDER).send(make_mail(html="", stop_link=""))
    (received,) = server.received
    left_out = ("List-Unsubscribe", "List-Unsubscribe-Post", "X-SES-CONFIGURATION-SET")
    assert (received.get_content_type(), [received[name] for name in left_out]) == ("text/plain", [None] * 3)


def test_messages_of_one_thread_go_over_one_connection(server, transport):
    for number in range(3):
        transport.send(make_mail(change_id=f"chg_{number}"))
    assert (len(server.received), len(server.connections)) == (3, 1)


@pytest.mark.parametrize(
    ("step", "answer", "error", "reason"),
    [
        ("recipient", "550 5.1.1 no such mailbox asha.rao@example.com", PermanentError, "invalid_address"),
        ("recipient", "450 4.2.0 mailbox busy", TransientError, "smtp: 450"),
        ("data", "554 5.7.1 rejected for asha.rao@example.com", PermanentError, "refused"),
        ("data", "454 4.7.0 throttling failure", TransientError, "smtp: 454"),
        ("sender", "553 5.7.1 not yours", TransientError, "smtp: the sender is refused"),
    ],
)
def test_a_refusal_is_permanent_or_transient_by_its_code_and_quotes_no_address(
    server, transport, step, answer, error, reason
):
    setattr(server, f"answer_to_{step}", answer)
    with pytest.raises(error) as failed:
        transport.send(make_mail())
    assert (type(failed.value), str(failed.value)) == (error, reason)
    assert failed.value.__cause__ is None


def test_the_next_message_after_a_refusal_is_sent(server, transport):
    server.answer_to_recipient = "550 no"
    with pytest.raises(PermanentError):
        transport.send(make_mail())
    server.answer_to_recipient = "250 OK"
    transport.send(make_mail())
    assert len(server.received) == 1


def test_an_address_that_cannot_be_written_is_invalid(transport):
    with pytest.raises(PermanentError, match="invalid_address"):
        transport.send(make_mail(address="asha@"))


@pytest.mark.parametrize("login", [("user", "word"), ("user", "wrong")])
def test_tls_and_the_login_come_before_the_message_and_a_refused_login_is_tried_again(
    login, monkeypatch, tmp_path
):
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with MailServer(tls, needs_login=True) as server:
        account = {"EMAIL_USE_TLS": True, "EMAIL_HOST_USER": login[0], "EMAIL_HOST_PASSWORD": login[1]}
        transport = SmtpTransport(server.settings | account, SENDER)
        if login[1] == "wrong":
            with pytest.raises(TransientError, match="SMTPAuthenticationError"):
                transport.send(make_mail())
        else:
            transport.send(make_mail())
        assert len(server.received) == (login[1] != "wrong")


def test_a_server_that_nobody_vouches_for_gets_no_message():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    with MailServer(tls) as server:
        with pytest.raises(TransientError, match="SSLCertVerificationError"):
            SmtpTransport(server.settings | {"EMAIL_USE_TLS": True}, SENDER).send(make_mail())
        assert server.received == []


@pytest.mark.parametrize(
    ("server_settings", "sender", "complaint"),
    [
        ({"EMAIL_HOST": "smtp.example.com", "EMAIL_PORT": 25}, SENDER, r"smtp\+tls"),
        ({"EMAIL_HOST": "10.0.0.5", "EMAIL_PORT": 25}, SENDER, r"smtp\+tls"),
        ({"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 25}, "", "EMAIL_FROM"),
    ],
)
def test_a_server_without_tls_elsewhere_or_no_sender_stops_the_start(server_settings, sender, complaint):
    with pytest.raises(ImproperlyConfigured, match=complaint):
        SmtpTransport(server_settings, sender)
