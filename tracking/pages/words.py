"""The words of the customer page by code, in the language of the moment."""

from functools import cache

from django.utils import translation
from django.utils.translation import gettext

from tracking.pages.catalogue import ALL

LANGUAGES = ("en",)


@cache
def read_words(language: str) -> dict[str, str]:
    """Every text by code, in a language."""
    with translation.override(language):
        return {code: gettext(text) for code, text in ALL.items()}


def say(code: str, **values: object) -> str:
    """The text of a code in the language of the moment, its placeholders filled in."""
    language = translation.get_language() or ""
    words = read_words(language if language in LANGUAGES else LANGUAGES[0])
    return words[code].format(**values)


def say_most_exactly(*codes: str, **values: object) -> str:
    """The text of the first of these codes that there is a text for; empty without any."""
    known = next((code for code in codes if code in ALL), None)
    return say(known, **values) if known else ""
