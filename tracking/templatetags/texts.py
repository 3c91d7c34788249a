"""Template tags of the customer pages: their texts by code, and their language."""

from typing import Any

from django import template
from django.template import Context

from tracking.pages.languages import list_other_languages
from tracking.pages.texts import render_text
from tracking.translation import current_language

register = template.Library()


@register.simple_tag
def text(code: str, **values: object) -> str:
    """Return the text of a code; the template escapes it like any other value."""
    return render_text(code, **values)


@register.simple_tag
def language() -> str:
    """Return the language of the page, as `?lang=` names it."""
    return current_language()


@register.simple_tag
def html_language() -> str:
    """Return the language of the page as `<html lang>` names it; English is that of India."""
    shown = current_language()
    return "en-IN" if shown == "en" else shown


@register.inclusion_tag("tracking/languages.html", takes_context=True)
def languages(context: Context) -> dict[str, Any]:
    """Render links to the page in the other languages; none on a page that was rendered without a request."""
    request = context.get("request")
    return {"languages": list_other_languages(request) if request else []}
