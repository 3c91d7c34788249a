"""Rows of the setting `TRANSPORTS`, one for each transport, made from the environment.

A row has the class of the transport, its arguments, and its field in `consent` of the API. It may have
`consent_default` (else False), for bookings that say nothing, or cannot because the field is None, and
`daily_limit` (else none), the segments that one partner may cause a day, and `monthly_limit` (else none),
those of all partners in a month. A transport that needs a secret has
a row only where the secret is set; its recipients agree elsewhere, so that the API is the same in all stages.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from environ import Env

Row = dict[str, Any]


class Mail(NamedTuple):
    """Ways of e-mails: SNS topic, SMTP server as settings of Django, and sender, which may be empty."""

    topic: str
    server: Mapping[str, Any]
    sender: str


def make_rows(env: Env, mail: Mail, web_push_key: str, public_url: str) -> dict[str, Row]:
    """Return the rows by the names of the transports, in the order in which they are used."""
    rows = {"sms": _make_sms_row(env), "email": _make_email_row(env, mail)}
    if web_push_key:
        rows["webpush"] = _make_web_push_row(env, web_push_key, public_url)
    if token := env.str("WHATSAPP_TOKEN", default=""):
        rows["whatsapp"] = _make_whatsapp_row(env, token)
    return rows


def _make_sms_row(env: Env) -> Row:
    return {
        "class": "notifications.transports.sms.SmsTransport",
        "options": {
            "sender_id": env.str("SMS_SENDER_ID", default="SWFTLX"),
            "entity_id": env.str("SMS_DLT_ENTITY_ID", default=""),
            "template_ids": env.dict("SMS_DLT_TEMPLATE_IDS", default={}),
        },
        "consent_field": "sms",
        # Segments that one partner may cause on one day in India.
        "daily_limit": env.int("SMS_DAILY_LIMIT", default=10_000),
        # Segments of all partners in one month of India; beyond 80 % only the most important are sent.
        "monthly_limit": env.int("SMS_MONTHLY_LIMIT", default=100_000),
    }


def _make_email_row(env: Env, mail: Mail) -> Row:
    """Return the row of e-mails, which leave by an SNS topic, or by SMTP as SES offers it."""
    way = env.str("NOTIFICATIONS_EMAIL", default="sns")
    if way == "sns":
        return {
            "class": "notifications.transports.email.MailTopicTransport",
            "options": {"topic_name": mail.topic},
            "consent_field": "email",
        }
    if way != "smtp":
        raise ImproperlyConfigured(f"NOTIFICATIONS_EMAIL is sns or smtp, not {way!r}")
    return {
        "class": "notifications.transports.smtp.SmtpTransport",
        "options": {
            "server": mail.server,
            "sender": mail.sender,
            "configuration_set": env.str("SES_CONFIGURATION_SET", default=""),
        },
        "consent_field": "email",
    }


def _make_web_push_row(env: Env, private_key: str, public_url: str) -> Row:
    """Return the row of web push; recipients agree on their page."""
    contact = public_url if public_url.startswith("https:") else "mailto:push@localhost"
    return {
        "class": "notifications.transports.webpush.WebPushTransport",
        "options": {
            "private_key": private_key,
            # Where push services write if we cause trouble: a mailto: or https: address.
            "contact": env.str("WEB_PUSH_CONTACT", default=contact),
        },
        "consent_field": None,
    }


def _make_whatsapp_row(env: Env, token: str) -> Row:
    """Return the row of WhatsApp; recipients agree in their preferences."""
    return {
        "class": "notifications.transports.whatsapp.WhatsAppTransport",
        "options": {
            "token": token,
            "sender": env.str("WHATSAPP_SENDER"),
            "templates": env.dict("WHATSAPP_TEMPLATES", default={}),
            "api": env.str("WHATSAPP_API", default="https://graph.facebook.com/v23.0"),
        },
        "consent_field": None,
    }
