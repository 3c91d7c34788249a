"""Gettext catalogs contain every text of the code, and their compiled files are up to date."""

import re
import subprocess
import sys

import polib
import pytest

from notifications.texts import catalog
from tests.house.sources import ROOT
from tracking import translation
from tracking.pages import texts

CATALOGS = [
    ROOT / package / "locale" / language / "LC_MESSAGES/django.po"
    for package in ("tracking", "notifications")
    for language in translation.LANGUAGES
]


def test_the_catalogs_and_their_compiled_files_match_the_texts_of_the_code():
    script = ROOT / "scripts/sync_catalogs.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_no_text_code_is_defined_twice():
    sources = (translation.TEXTS, texts.TEXTS, catalog.TEXTS)
    assert len({code for source in sources for code in source}) == sum(map(len, sources))


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: f"{path.parts[-5]}-{path.parts[-3]}")
def test_a_translation_has_the_placeholders_of_its_english_text(path):
    def placeholders(text):
        return sorted(re.findall(r"\{(\w+)\}", text))

    translated = [entry for entry in polib.pofile(path) if entry.msgstr]
    assert [
        entry.msgctxt for entry in translated if placeholders(entry.msgstr) != placeholders(entry.msgid)
    ] == []


@pytest.mark.parametrize("language", ["hi", "ta"])
@pytest.mark.parametrize("package", ["tracking", "notifications"])
def test_every_text_is_translated_and_no_translation_waits_for_a_check(package, language):
    path = ROOT / package / "locale" / language / "LC_MESSAGES/django.po"
    assert [entry.msgctxt for entry in polib.pofile(path) if not entry.msgstr or entry.fuzzy] == []
