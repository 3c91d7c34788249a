"""What a customer can do on the page is said in every language."""

import pytest

from tracking.pages.action_texts import ACTION, MOMENT
from tracking.translation import translate

TEXTS = ACTION | MOMENT


@pytest.mark.parametrize(
    ("language", "first", "last"), [("hi", "\u0900", "\u097f"), ("ta", "\u0b80", "\u0bff")]
)
def test_every_text_of_the_actions_is_in_the_script_of_the_language(language, first, last):
    translated = {code: translate(code, text, language) for code, text in TEXTS.items()}
    # Two days are only listed in Tamil.
    translated.pop("days.two" if language == "ta" else "", None)
    assert [
        code for code, text in translated.items() if not any(first <= letter <= last for letter in text)
    ] == []
