"""Phone numbers, e-mail addresses and long numbers are masked in free text, in the spellings of India."""

import pytest

from tracking.domain.masking import mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (None, None),
        ("", ""),
        ("gate 12345", "gate 12345"),
        ("call 123456 now", "call ••• now"),
        ("write to asha@example.com today", "write to ••• today"),
        ("call 98450 12345 now", "call ••• now"),
        ("98450-12345", "•••"),
        ("98450.12345", "•••"),
        ("98 450 123 45", "•••"),
        ("9845\u200b0 12345", "•••"),
        ("+91 98450 12345.", "•••."),
        ("+91-98450-12345", "•••"),
        ("098450 12345", "•••"),
        ("0091 98450 12345", "•••"),
        ("९८४५० १२३४५ पर फोन", "••• पर फोन"),
        ("+९१ ९८४५०-१२३४५", "•••"),
        ("080-2345 6789", "•••"),
        ("+1 415 555 0100", "•••"),
        ("98450 12345, 98450 12346", "•••, •••"),
    ],
)
def test_numbers_and_addresses_are_masked(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 10:15",
        "2026-11-28T10:15:00+05:30",
        "12.97161, 77.59459",
        "3 of 4 boxes, 12.5 kg",
        "Flat 9, 8th cross, 7 6 5 4",
        "Rs 1,234,567.00",
        "२०२६-११-२८",
    ],
)
def test_times_positions_and_amounts_stay(text):
    assert mask_text(text) == text
