"""All texts of the package by code, and their translation."""

from collections.abc import Mapping

from notifications.texts.emails import EMAILS
from notifications.texts.messages import MESSAGES
from notifications.texts.preferences import PREFERENCES, REASONS, RULES, STOP, TRANSPORTS, WHY
from notifications.texts.verify import VERIFY
from tracking.translation import Language, translate

# The catalogs of this package translate these.
_PAGES = VERIFY | TRANSPORTS | PREFERENCES | STOP | WHY | RULES | REASONS
TEXTS: Mapping[str, str] = MESSAGES | EMAILS | _PAGES


def render_text(code: str, language: Language, **values: object) -> str:
    """Return the text of a code in a language, with its placeholders filled in."""
    return translate(code, TEXTS[code], language).format(**values)
