#!/usr/bin/env python
"""Writes the gettext catalogs: an entry for each text of the code, and the compiled file beside it.

Translations are kept. Where the English has changed, a translation is marked fuzzy, which shows English until
a translator has removed the mark. `--check` writes nothing and names the files that are not up to date.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import polib
from django.conf import settings
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["BUILDING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

from notifications import wording  # noqa: E402 - the path comes first
from tracking import translation  # noqa: E402 - the path comes first
from tracking.pages import texts  # noqa: E402 - the path comes first


def _list_templates() -> dict[str, str]:
    """Return the texts of the transports' templates that hold words."""
    found: dict[str, str] = {}
    for row in settings.TRANSPORTS.values():
        found |= wording.list_template_texts(import_string(row["class"]).declaration)
    return {code: text for code, text in found.items() if re.search("[A-Za-z]", re.sub("{.*?}", "", text))}


# English texts by code, by the package whose catalogs translate them.
SOURCES: dict[str, Mapping[str, str]] = {
    "tracking": {**translation.TEXTS, **texts.TEXTS},
    "notifications": {**wording.TEXTS, **_list_templates()},
}
WIDTH = 110


def main() -> None:
    """Write what is not up to date, or with `--check` name it and end with code 1."""
    stale = {path: content for path, content in render_catalogs() if read(path) != content}
    if sys.argv[1:] == ["--check"]:
        sys.stdout.writelines(f"{path.relative_to(ROOT)} is not up to date\n" for path in stale)
        sys.exit(1 if stale else 0)
    for path, content in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def render_catalogs() -> Iterator[tuple[Path, bytes]]:
    """Each file of each catalog with what it has to hold."""
    for package, source in SOURCES.items():
        for language in translation.LANGUAGES:
            path = ROOT / package / "locale" / language / "LC_MESSAGES" / "django.po"
            catalog = make_catalog(package, language, source, path)
            yield path, str(catalog).encode()
            yield path.with_suffix(".mo"), catalog.to_binary()


def make_catalog(package: str, language: str, source: Mapping[str, str], path: Path) -> polib.POFile:
    """The catalog of these texts, with the translations that the file has."""
    known = {entry.msgctxt: entry for entry in polib.pofile(path)} if path.exists() else {}
    catalog = polib.POFile(wrapwidth=WIDTH)
    catalog.metadata = {
        "Project-Id-Version": package,
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for code, text in source.items():
        catalog.append(make_entry(code, text, known.get(code)))
    return catalog


def make_entry(code: str, text: str, known: polib.POEntry | None) -> polib.POEntry:
    """The entry of a text: its translation as it is, or fuzzy when it was made of another English text."""
    if known is None or not known.msgstr:
        return polib.POEntry(msgctxt=code, msgid=text)
    if known.msgid == text:
        return known
    return polib.POEntry(
        msgctxt=code, msgid=text, msgstr=known.msgstr, flags=["fuzzy"], previous_msgid=known.msgid
    )


def read(path: Path) -> bytes | None:
    """The content of a file, if it is there."""
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    main()
