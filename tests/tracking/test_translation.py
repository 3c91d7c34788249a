"""A status has a name in each of three languages, and an untranslated text is shown in English."""

import pytest
from django.utils import translation

from tracking.domain.status import SUBSTATUSES, Status
from tracking.pages import texts
from tracking.translation import LANGUAGES, TEXTS, current_language, translate, translate_status

# Unicode blocks of a language's script.
SCRIPTS = {"hi": range(0x0900, 0x0980), "ta": range(0x0B80, 0x0C00)}
CODES = [(status, substatus) for status in Status for substatus in (None, *sorted(SUBSTATUSES[status]))]


@pytest.mark.parametrize("language", SCRIPTS)
def test_every_status_has_a_name_in_the_script_of_the_language(language):
    names = [translate_status(*code, language=language) for code in CODES]
    foreign = [name for name in names if not any(ord(letter) in SCRIPTS[language] for letter in name)]
    assert foreign == []


def test_a_substatus_has_its_own_name_in_every_language():
    names = [translate_status("attempt_failed", "not_home", language=language) for language in LANGUAGES]
    assert names == ["Nobody at home", "घर पर कोई नहीं था", "வீட்டில் யாரும் இல்லை"]
    assert translate_status("attempt_failed", "unheard_of", language="hi") == "डिलीवरी नहीं हो सकी"


def test_a_text_without_a_translation_is_shown_in_english():
    assert translate("no.such.code", "Not translated", "hi") == "Not translated"


def test_equal_english_texts_are_translated_by_their_codes():
    assert TEXTS["status.delivered"] == texts.TEXTS["pill.delivered"] == "Delivered"
    assert translate("status.delivered", "Delivered", "ta") == "டெலிவரி செய்யப்பட்டது"
    assert translate("another.code", "Delivered", "ta") == "Delivered"


@pytest.mark.parametrize(("tag", "language"), [("ta", "ta"), ("hi-in", "hi"), ("en-gb", "en"), ("de", "en")])
def test_an_unsupported_language_becomes_english(tag, language):
    with translation.override(tag):
        assert current_language() == language
