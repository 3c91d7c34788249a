"""Shipment ids that we give out: unguessable, with a check character, and easy to read aloud."""

import secrets

from stdnum import luhn

from tracking.domain.payload import LIVE_PREFIX, TEST_PREFIX

# No vowels and none of 0, O, 1, I: an id can be read out over the phone and never spells a word.
ID_LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"
# 28 letters have 4.8 bits each, so these have 62.
RANDOM_LETTERS = 13


def make_shipment_id(*, livemode: bool) -> str:
    """Return a new id: `SLX` (test mode: `SLT`), 13 random letters, and their check character.

    The check character is that of Luhn's algorithm modulo 28. It finds each wrong letter, and each exchange
    of two neighbours but that of `2` and `Z`.
    """
    letters = "".join(secrets.choice(ID_LETTERS) for _ in range(RANDOM_LETTERS))
    check = luhn.calc_check_digit(letters, alphabet=ID_LETTERS)
    return (LIVE_PREFIX if livemode else TEST_PREFIX) + letters + check
