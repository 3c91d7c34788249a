"""The texts of the customer pages by code, in the language of the current request."""

from collections.abc import Mapping

from tracking.pages.journey_texts import BAR, STEPS
from tracking.pages.page_texts import LIVE, MAP, PAGE, TIME, TROUBLE
from tracking.pages.state_texts import HEAD, LINES, NEXT, PILL
from tracking.translation import current_language, translate

# English by code; placeholders stand in braces.
TEXTS: Mapping[str, str] = TIME | PILL | HEAD | LINES | NEXT | BAR | STEPS | LIVE | MAP | PAGE | TROUBLE


def render_text(code: str, **values: object) -> str:
    """The text of a code with its placeholders filled in."""
    return translate(code, TEXTS[code], current_language()).format(**values)


def render_first(*codes: str, **values: object) -> str:
    """The text of the first of the codes that has one; empty when none has."""
    known = next((code for code in codes if code in TEXTS), None)
    return render_text(known, **values) if known else ""


def list_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text that a bar parts; none for an empty text."""
    return tuple(text.split("|")) if text else ()
