"""Length of an SMS, as the mobile networks bill it."""

import pytest

from notifications.domain import MessageLength
from notifications.transports.sms_length import measure_sms


def gsm(septets: int, segments: int) -> MessageLength:
    return MessageLength("GSM-7", septets, "septets", segments)


def ucs(units: int, segments: int) -> MessageLength:
    return MessageLength("UCS-2", units, "units", segments)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        ("a" * 160, gsm(160, 1)),
        ("a" * 161, gsm(161, 2)),
        ("a" * 158 + "€", gsm(160, 1)),
        ("^{}[]~|\\€", gsm(18, 1)),
        ("a" * 307, gsm(307, 3)),
        ("क" * 70, ucs(70, 1)),
        ("क" * 134, ucs(134, 2)),
        ("😀", ucs(2, 1)),
    ],
)
def test_segments_are_counted_as_the_networks_bill_them(body, length):
    assert measure_sms(body) == length
