"""Length of an SMS as mobile networks count it (GSM 03.38)."""

import math

from notifications.domain import MessageLength

# Basic alphabet of GSM 03.38; characters of its extension table take two septets.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")


def measure_sms(body: str) -> MessageLength:
    """Measure in septets (GSM-7), or in UTF-16 units (UCS-2) if a character is not in GSM 03.38."""
    if set(body) <= GSM_BASIC | GSM_EXTENSION:
        septets = len(body) + sum(character in GSM_EXTENSION for character in body)
        return MessageLength("GSM-7", septets, "septets", _count_segments(septets, single=160, part=153))
    units = len(body.encode("utf-16-be")) // 2
    return MessageLength("UCS-2", units, "units", _count_segments(units, single=70, part=67))


def _count_segments(units: int, single: int, part: int) -> int:
    return 1 if units <= single else math.ceil(units / part)
