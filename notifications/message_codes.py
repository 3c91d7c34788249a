"""Short codes of messages: unguessable, easy to read out, and found however they are typed."""

import base64
import re
import secrets
import unicodedata

from django.db import IntegrityError, transaction

from notifications.models import Delivery, MessageCode
from notifications.wording import CODE_LENGTH
from tracking.domain.errors import TransientError
from tracking.domain.typed_text import to_ascii_digits
from tracking.translation import Language

# Crockford's alphabet has no I, L, O and U; forty random bits are eight of its characters.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FROM_RFC_4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)
_MISREAD = str.maketrans("OIL", "011")
_CODE = re.compile(f"[{_ALPHABET}]{{{CODE_LENGTH}}}")
CODE_BYTES = 5
# Codes that may be taken already before something else is wrong.
TRIES = 5


def make_code() -> str:
    """Return a new random code of eight characters."""
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().translate(_FROM_RFC_4648)


def read_code(typed: str) -> str:
    """Return the code that was typed, or an empty text if it is none.

    Case, spaces, dashes and signs around it do not count; O is read as 0, I and L as 1.
    """
    plain = to_ascii_digits(unicodedata.normalize("NFKC", typed)).upper()
    letters = re.sub(r"[^0-9A-Z]", "", plain).translate(_MISREAD)
    return letters if _CODE.fullmatch(letters) else ""


def open_code(delivery: Delivery, language: Language, masked_address: str) -> str:
    """Return the code of a message, and store it with the facts that are shown to the person who has it.

    A delivery that is claimed again keeps its code. Raises `TransientError` if no free code is found.
    """
    for _ in range(TRIES):
        known = MessageCode.objects.filter(delivery=delivery).first()
        if known is not None:
            return known.code
        try:
            with transaction.atomic():
                return MessageCode.objects.create(
                    code=make_code(), delivery=delivery, language=language, masked_address=masked_address
                ).code
        except IntegrityError:
            continue
    raise TransientError(f"no free code in {TRIES} tries")


def keep_segments(delivery: Delivery, segments: int) -> None:
    """Store how many segments the message has, if it is more than one."""
    if segments > 1:
        MessageCode.objects.filter(delivery=delivery).update(segments=segments)


def find_message(code: str) -> MessageCode | None:
    """Return the message with this code that has left, or may have; None if there is none.

    A message without an outcome may have left before its process died.
    """
    left = (Delivery.Outcome.SENT, Delivery.Outcome.CLAIMED)
    found = MessageCode.objects.select_related("delivery").filter(code=code, delivery__outcome__in=left)
    return found.first()
