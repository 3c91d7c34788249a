"""Texts of the customer pages by code, in the language of the current request."""

from collections.abc import Mapping

from tracking.pages.action_texts import ACTION, ANSWER, MOMENT
from tracking.pages.journey_texts import BAR, STEPS
from tracking.pages.page_texts import LIVE, MAP, PAGE, TIME, TROUBLE
from tracking.pages.quality_texts import QUALITY
from tracking.pages.state_texts import HEAD, LINES, NEXT, PILL
from tracking.pages.status_texts import STATUS
from tracking.translation import current_language, translate

# English texts by code; placeholders are in braces.
_SHIPMENT = PILL | HEAD | LINES | NEXT | BAR | STEPS
_PAGES = PAGE | ACTION | ANSWER | MOMENT | QUALITY | STATUS | TROUBLE
TEXTS: Mapping[str, str] = TIME | _SHIPMENT | LIVE | MAP | _PAGES


def render_text(code: str, **values: object) -> str:
    """Return the text of a code with its placeholders filled in."""
    return translate(code, TEXTS[code], current_language()).format(**values)


def render_first(*codes: str, **values: object) -> str:
    """Return the text of the first code that has one; empty if none has."""
    found = next((code for code in codes if code in TEXTS), None)
    return render_text(found, **values) if found else ""


def render_count(code: str, n: int, **values: object) -> str:
    """Return the text of a number: `<code>.1` for one, as words differ by number in other languages."""
    return render_text(f"{code}.1" if n == 1 else code, n=n, **values)


def list_sentences(text: str) -> tuple[str, ...]:
    """Split a text at `|` into sentences; an empty text has none."""
    return tuple(text.split("|")) if text else ()
