"""E-mails in full: HTML and text with the same facts and links, nothing remote, both themes."""

import html
import re

import pytest
from django.conf import settings

from notifications.email_styles import DARK, LIGHT, fill_tokens, inline_styles
from notifications.emails import TONES, complete_email
from notifications.models import MessageCode
from notifications.ports import ports
from notifications.services import notify
from notifications.texts.messages import HEADLINES
from tests.house.sources import read
from tests.notifications.stories import MAIL, PHONE, book, make_change, make_message
from tracking.tokens import customer_link
from tracking.translation import LANGUAGES

FACT = "Your parcel <was> delivered."
LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
PREFERENCES = "https://track.example/preferences/AbCdEfGhIjKlMnOpQrStUv"
SHEETS = "notifications/static/notifications"


def complete(language="en", **fields):
    defaults = {
        "address": MAIL,
        "subject": "Delivered: 123",
        "body": "The text.\n",
        "language": language,
        "code": "K7M2Q9XB",
        "why_link": f"{PREFERENCES}/why/7",
        "preferences_link": PREFERENCES,
        "stop_link": f"{PREFERENCES}/stop/email",
    }
    return complete_email(make_message(**defaults | fields), FACT, LINK)


def read_links(document: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', document)]


def list_links(language="en") -> list[str]:
    check = f"{settings.PUBLIC_URL}/verify/K7M2Q9XB?lang={language}"
    return [check, f"{PREFERENCES}/why/7", PREFERENCES, f"{PREFERENCES}/stop/email"]


def test_the_html_part_has_one_button_and_the_links_of_the_footer():
    assert read_links(complete().html) == [LINK, *list_links()]


def test_the_text_part_ends_with_the_same_links():
    check, why, preferences, stop = list_links()
    assert complete().body == (
        "The text.\n\n"
        "We never ask for money, passwords or one-time codes.\n\n"
        f"Is this message from us? Check its number\n{check}\n\n"
        f"Why did I get this?\n{why}\n\n"
        f"Choose your messages\n{preferences}\n\n"
        f"Stop these e-mails\n{stop}\n"
    )


def test_the_html_part_has_the_fact_the_shipment_and_the_number_of_the_message():
    document = complete().html
    assert document.count("Your parcel &lt;was&gt; delivered.") == 2
    assert [value in document for value in (">123<", ">K7M2Q9XB<", ">Delivered<")] == [True] * 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_part_loads_nothing_and_runs_nothing(language):
    document = complete(language).html
    assert re.findall(r"<(?:img|script|link|iframe|form|svg)\b|url\(|@import|\bsrc=", document) == []
    assert "var(" not in document
    assert len(document.encode()) < 20_000


def test_the_preheader_comes_first_and_is_not_shown():
    document = complete().html
    assert re.search(r'<body[^>]*>\s*<div class="preheader" style="[^"]*display: none', document)


@pytest.mark.parametrize(("language", "tag"), [("en", "en-IN"), ("hi", "hi"), ("ta", "ta")])
def test_an_email_names_its_language(language, tag):
    assert f'<html lang="{tag}">' in complete(language).html


def test_light_colours_are_in_the_elements_and_dark_ones_in_a_media_query():
    document = complete().html
    styles = re.findall(r"<style>(.*?)</style>", document)
    assert len(styles) == 1
    assert styles[0].startswith("@media (prefers-color-scheme: dark) {")
    card = re.search(r'class="card" style="([^"]+)"', document)
    assert card is not None
    assert ("#FFFFFF" in card[1], "#15211E" in styles[0]) == (True, True)


def test_every_colour_of_an_element_has_a_dark_one():
    coloured = re.compile(r"([^{}]+)\{([^{}]*)\}")
    light = read(f"{SHEETS}/email.css")
    names = {
        name.strip()
        for selector, rules in coloured.findall(re.sub(r"/\*.*?\*/", "", light, flags=re.DOTALL))
        if re.search(r"color|border", rules) and "var(" in rules
        for name in selector.split(",")
    }
    dark = read(f"{SHEETS}/email-dark.css")
    assert [name for name in sorted(names) if not re.search(rf"{re.escape(name)}\s*[,{{]", dark)] == []


def test_tokens_are_those_of_the_theme_and_an_unknown_one_is_an_error():
    sheet = "a { color: var(--brand); border-radius: var(--radius-card) }"
    assert fill_tokens(sheet, LIGHT) == "a { color: #0B6B57; border-radius: 18px }"
    assert fill_tokens(sheet, DARK) == "a { color: #5FD3B3; border-radius: 18px }"
    with pytest.raises(KeyError):
        fill_tokens("a { color: var(--pink) }", LIGHT)


def test_text_of_a_message_is_not_read_as_html():
    assert "<b>" not in inline_styles("<html><head></head><body>&lt;b&gt;</body></html>")


def test_every_headline_of_its_own_has_a_tone():
    assert set(TONES) == set(HEADLINES)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_email_is_sent_with_both_parts_and_an_sms_without(transports, language):
    booking = book(language=language)
    notify(ports(), make_change("out_for_delivery"))
    (sms,), (email,) = transports["sms"].sent, transports["email"].sent
    code = MessageCode.objects.get(delivery__transport="email").code
    check = f"{settings.PUBLIC_URL}/verify/{code}?lang={language}"
    links = [
        customer_link("123", booking.token_n),
        check,
        email.why_link,
        email.preferences_link,
        email.stop_link,
    ]
    assert read_links(email.html) == links
    assert re.findall(r"https?://\S+", email.body) == links
    assert (sms.html, sms.body.count("http")) == ("", 1)
    assert [value for value in (PHONE, MAIL, "Asha", "Church") if value in email.html + email.body] == []
