"""E-mails in full: the HTML part in the look of the customer's page, and the footer of the text part."""

from django.conf import settings
from django.template.loader import render_to_string

from notifications.email_styles import inline_styles
from notifications.ports import Message
from notifications.texts.catalog import render_text
from notifications.texts.emails import EMAILS
from notifications.wording import headline
from tracking.status_style import style_of
from tracking.translation import find_language

# Tones of the triggers that are no status.
TONES = {"arriving": "good", "pickup_reminder": "info"}


def complete_email(message: Message, fact: str, page_link: str) -> Message:
    """Return the message with its HTML part, and with the same links at the end of its text part.

    `fact` is the sentence that says what happened, `page_link` leads to the shipment's page.
    """
    return message._replace(
        body=f"{message.body}\n{render_footer(message)}", html=render_html(message, fact, page_link)
    )


def render_html(message: Message, fact: str, page_link: str) -> str:
    """Return the HTML part: styles inline, dark colours by media query, no images, no scripts."""
    language = find_language(message.language)
    context = {
        "lang": "en-IN" if language == "en" else language,
        "message": message,
        "fact": fact,
        "headline": headline(message.trigger, language),
        "tone": TONES.get(message.trigger) or style_of(message.trigger).tone,
        "page_link": page_link,
        "verify_link": verify_link(message),
        "words": {code.partition(".")[2]: render_text(code, language) for code in EMAILS},
    }
    return inline_styles(render_to_string("notifications/email.html", context))


def render_footer(message: Message) -> str:
    """Return the lines below the text part: what we never ask for, and the links of the HTML part."""
    language = find_language(message.language)
    links = {
        "check": verify_link(message),
        "why": message.why_link,
        "preferences": message.preferences_link,
        "stop": message.stop_link,
    }
    parts = [f"{render_text(f'email.{name}', language)}\n{link}\n" for name, link in links.items()]
    return "\n".join([f"{render_text('email.safe', language)}\n", *parts])


def verify_link(message: Message) -> str:
    """Return the URL of the page that says that the message is from us, in its language."""
    return f"{settings.PUBLIC_URL}/verify/{message.code}?lang={message.language}"
