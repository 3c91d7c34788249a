"""Template tag `{% message_text %}`: renders a text of the pages on messages by its code."""

from django import template

from notifications.texts.catalog import render_text
from tracking.translation import current_language

register = template.Library()


@register.simple_tag
def message_text(code: str, **values: object) -> str:
    """Return the text of a code in the language of the page; the template escapes it."""
    return render_text(code, current_language(), **values)
