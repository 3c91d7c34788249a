"""Text as people type and paste it: digits of any script, invisible characters, spaces between groups."""

import re
import unicodedata

# Characters that a reader does not see and a comparison does: format characters, variation selectors, NUL.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
# Hyphens and dashes of all lengths, and the minus sign.
DASHES = "\u002d\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_DASH = re.compile(f"[{DASHES}]")


def to_ascii_digits(text: str) -> str:
    """Return the text of the same length with every decimal digit, such as Devanagari, as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def strip_invisible(text: str) -> str:
    """Return the text without characters that cannot be seen, and without spaces around it."""
    return _INVISIBLE.sub("", text).strip()
