"""The tag `{% say %}`: a text of the catalogue by its code, in a template."""

from django import template

from tracking.pages import words

register = template.Library()


@register.simple_tag
def say(code: str, **values: object) -> str:
    """The text of a code, escaped by the template as any other text."""
    return words.say(code, **values)
