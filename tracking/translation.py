"""Translation of texts: English is in the code, the other languages in gettext catalogs.

A text has a code, which is its gettext context, so that equal English texts may be translated differently.
The catalogs are in `locale/<language>/LC_MESSAGES/` of each package; `scripts/sync_catalogs.py` writes them.
"""

from functools import cache
from typing import Literal, get_args

from django.utils import translation

from tracking.domain.status import DELAYED_WORD
from tracking.domain.texts import STATUS_TEXTS, SUBSTATUS_TEXTS

Language = Literal["en", "hi", "ta"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# English texts by code. The catalogs of this package translate these and the texts of its pages.
TEXTS: dict[str, str] = {
    **{f"status.{status}": text for status, text in STATUS_TEXTS.items()},
    **{f"status.{code}": text for code, text in SUBSTATUS_TEXTS.items()},
    f"status.{DELAYED_WORD}": "Delayed",
}


@cache
def translate(code: str, text: str, language: Language) -> str:
    """Return the translation of an English text, or the text itself where the catalog has none."""
    with translation.override(language):
        return translation.pgettext(code, text)


def translate_status(status: str, substatus: str | None = None, *, language: Language = "en") -> str:
    """Return the name of a substatus; where it has none, the name of the status or of the flag `delayed`."""
    narrow = f"status.{status}.{substatus}"
    code = narrow if narrow in TEXTS else f"status.{status}"
    return translate(code, TEXTS[code], language)


def current_language() -> Language:
    """Return the language of the current request or task; English if the product does not support it."""
    return find_language(translation.get_language() or "")


def find_language(tag: str) -> Language:
    """Return the language of a tag such as `hi` or `en-IN`; English if the product does not support it."""
    return match_language(tag) or "en"


def match_language(tag: str) -> Language | None:
    """Return the language of a tag such as `hi` or `en-IN`; None if the product does not support it."""
    primary = tag.partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)
