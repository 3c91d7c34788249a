"""Patterns of the OpenAPI document for values that the types of a request cannot describe.

Each pattern is part of the document only. The service checks the same values itself and may read more
spellings than the document promises.
"""

from collections.abc import Iterable

FIRST_YEAR, LAST_YEAR = 2000, 2099

_LEAP_DAY = "20(?:[02468][048]|[13579][26])-02-29"
_DAY = (
    r"(?:20[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    rf"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|{_LEAP_DAY})"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
# Days and times of RFC 3339 from 2000 to 2099.
DAY = f"^{_DAY}$"
MOMENT = f"^{_DAY}T{_CLOCK}{_ZONE}$"
# Numbers of epoch seconds or milliseconds from 2000 to 2099.
FIRST_EPOCH_S, LAST_EPOCH_MS = 946_684_800, 4_102_444_799_999
# Indian mobile number in E.164 (ITU-T; series 6 to 9 of the National Numbering Plan), or none.
PHONE = r"^(?:\+91[6-9][0-9]{9})?$"
# Address of RFC 5321 with a dot-atom as its local part, or none.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^(?:{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}})?$"
# Cursors of lists: signed base64 URL text.
CURSOR = r"^[A-Za-z0-9_.:-]{1,1000}$"


def list_of_words(words: Iterable[str]) -> str:
    """Return the pattern of any number of these words, separated by commas."""
    any_word = "|".join(sorted(word.replace(".", r"\.") for word in words))
    return f"^(?:(?:{any_word})(?:,(?:{any_word}))*)?$"
