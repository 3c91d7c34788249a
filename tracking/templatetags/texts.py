"""The tag `{% text %}`: a text of the customer pages by its code, in a template."""

from django import template

from tracking.pages.texts import render_text

register = template.Library()


@register.simple_tag
def text(code: str, **values: object) -> str:
    """The text of a code, escaped by the template like any other."""
    return render_text(code, **values)
