"""Words by code, for Python and for the browser: `words.<language>.js` is made from the same catalogue."""

import json
from functools import cache
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext

from tracking.pages.catalogue import ALL, SHARED

LANGUAGES = ("en",)
FOLDER = Path(__file__).parents[1] / "static/tracking"


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


def write_module(language: str) -> str:
    """The JavaScript module with the words the browser needs; `manage.py build_words` writes it to disk."""
    words = {code: read_words(language)[code] for code in SHARED}
    told = json.dumps(words, ensure_ascii=False, indent=0, separators=(",", ":"))
    return f"/* The words of the customer page ({language}), made by `manage.py build_words`. */\nexport default {told};\n"
