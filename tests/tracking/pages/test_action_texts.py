"""Actions of the customer's page are offered in every language."""

import pytest

from tracking.pages.action_texts import ACTION, MOMENT
from tracking.translation import translate

TEXTS = ACTION | MOMENT
HINDI, TAMIL = range(0x0900, 0x0980), range(0x0B80, 0x0C00)
# Two days are only listed.
WITHOUT_LETTERS = {"days.two"}


@pytest.mark.parametrize(("language", "script"), [("hi", HINDI), ("ta", TAMIL)])
def test_every_text_of_the_actions_is_in_the_script_of_the_language(language, script):
    translated = {code: translate(code, text, language) for code, text in TEXTS.items()}
    others = {code for code, text in translated.items() if not any(ord(letter) in script for letter in text)}
    assert others <= WITHOUT_LETTERS
