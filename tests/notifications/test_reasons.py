"""Texts of reasons: each has one for staff and a sentence for the recipient."""

import pytest

from notifications.reasons import REASONS, say_to_recipient, say_to_staff
from notifications.texts.preferences import REASONS as SENTENCES


@pytest.mark.parametrize("code", REASONS)
def test_each_reason_has_words_for_staff_and_a_sentence_for_the_recipient(code):
    staff, recipient = REASONS[code], SENTENCES[f"reason.{code}"]
    assert (say_to_staff(code), say_to_recipient(code, "en")) == (staff, recipient)
    assert (staff[0].isupper(), staff[-1] != ".", recipient[0].isupper(), recipient[-1]) == (
        True,
        True,
        True,
        ".",
    )


def test_texts_are_different_for_different_reasons():
    texts = {*REASONS.values(), *SENTENCES.values()}
    assert (len(SENTENCES), len(texts)) == (len(REASONS), 2 * len(REASONS))


def test_an_unknown_reason_is_spelled_out_for_staff_and_not_shown_to_a_recipient():
    assert (say_to_staff("long_gone"), say_to_recipient("long_gone", "hi")) == ("Long gone", "")
