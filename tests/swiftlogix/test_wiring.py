"""Settings choose the transports: each wired name has a row, and each row its declaration."""

import json
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from notifications.adapters.outbox import OutboxTransport
from notifications.transports.email import EMAIL, MailTopicTransport
from notifications.transports.sms import SMS, SmsTransport
from swiftlogix.settings import BASE_DIR
from swiftlogix.wiring import wire_notifications

MAIL = MailTopicTransport("swiftlogix-local-mail")


def test_without_an_outbox_every_row_is_made_into_its_transport(settings):
    settings.NOTIFICATIONS_OUTBOX = False
    assert wire_notifications().transports == {"sms": SmsTransport("SWFTLX"), "email": MAIL}


def test_only_the_wired_rows_are_made_each_with_its_outbox(settings):
    settings.WIRED_TRANSPORTS = ["email"]
    assert wire_notifications().transports == {"email": OutboxTransport(MAIL)}


def test_emails_by_smtp_are_sent_as_the_variables_say():
    shown = "from swiftlogix.settings import TRANSPORTS; import json; print(json.dumps(TRANSPORTS['email']))"
    variables = {
        "BUILDING": "1",
        "NOTIFICATIONS_EMAIL": "smtp",
        "SMTP_URL": "smtp+tls://user:a%2Fb@mail.example:587",
        "EMAIL_FROM": "SwiftLogix <news@example.com>",
        "SES_CONFIGURATION_SET": "parcels",
    }
    answer = subprocess.run(
        [sys.executable, "-c", shown], cwd=BASE_DIR, env=variables, capture_output=True, text=True, check=True
    )
    row = json.loads(answer.stdout)
    server = row["options"].pop("server")
    assert row == {
        "class": "notifications.transports.smtp.SmtpTransport",
        "options": {"sender": variables["EMAIL_FROM"], "configuration_set": "parcels"},
        "consent_field": "email",
    }
    wanted = {
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "user",
        "EMAIL_HOST_PASSWORD": "a/b",
        "EMAIL_USE_TLS": True,
    }
    assert {name: server[name] for name in wanted} == wanted


def test_a_wired_name_without_a_row_is_refused(settings):
    settings.WIRED_TRANSPORTS = ["sms", "telex"]
    with pytest.raises(ImproperlyConfigured, match="'telex', which has no row"):
        wire_notifications()


def test_a_row_under_another_name_than_its_declaration_is_refused(settings):
    settings.TRANSPORTS = {"text": settings.TRANSPORTS["sms"]}
    settings.WIRED_TRANSPORTS = ["text"]
    with pytest.raises(ImproperlyConfigured, match="is 'sms', its row says 'text'"):
        wire_notifications()


@pytest.mark.parametrize("declared", [SMS, EMAIL], ids=lambda declared: declared.name)
def test_every_row_has_the_name_of_its_declaration_which_fits_its_column(settings, declared):
    assert declared.name in settings.TRANSPORTS
    assert len(declared.name) <= 10
