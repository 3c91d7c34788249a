"""Template tag `{% text %}`: renders a text of the customer pages by its code."""

from django import template

from tracking.pages.texts import render_text

register = template.Library()


@register.simple_tag
def text(code: str, **values: object) -> str:
    """Return the text of a code; the template escapes it like any other value."""
    return render_text(code, **values)
