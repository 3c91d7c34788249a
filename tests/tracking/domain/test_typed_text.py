"""Digits of every script become 0 to 9, and invisible characters disappear."""

from tracking.domain.typed_text import strip_invisible, to_ascii_digits


def test_digits_of_every_script_become_ascii_and_the_length_stays():
    assert to_ascii_digits("PIN ५६००३४, ٥٦, \uff15\uff16") == "PIN 560034, 56, 56"


def test_letters_and_superscripts_stay():
    assert to_ascii_digits("m² ① कख") == "m² ① कख"


def test_invisible_characters_and_spaces_around_are_removed():
    assert strip_invisible("\ufeff \u200eSLX\u200b1\u00ad 2\u2060\u00a0") == "SLX1 2"
