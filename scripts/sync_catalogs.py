#!/usr/bin/env python
"""Writes the gettext catalogs: an entry for each text in the code, and the compiled file.

Translations are kept. If the English text has changed, its translation is marked fuzzy; then English is shown
until a translator removes the mark. `--check` writes nothing and names the files that are not up to date.
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

from notifications.texts import catalog  # noqa: E402 - the path comes first
from notifications.wording import list_template_texts  # noqa: E402 - the path comes first
from tracking import translation  # noqa: E402 - the path comes first
from tracking.pages import texts  # noqa: E402 - the path comes first


def _list_templates() -> dict[str, str]:
    """Return the texts of the transports' templates that contain words."""
    found: dict[str, str] = {}
    for row in settings.TRANSPORTS.values():
        found |= list_template_texts(import_string(row["class"]).declaration)
    return {code: text for code, text in found.items() if re.search("[A-Za-z]", re.sub("{.*?}", "", text))}


# English texts by code, by the package whose catalogs translate them.
SOURCES: dict[str, Mapping[str, str]] = {
    "tracking": {**translation.TEXTS, **texts.TEXTS},
    "notifications": {**catalog.TEXTS, **_list_templates()},
}
WIDTH = 110


def main() -> None:
    """Write the files that are not up to date, or with `--check` name them and exit with 1."""
    stale = {path: content for path, content in render_catalogs() if read(path) != content}
    if sys.argv[1:] == ["--check"]:
        sys.stdout.writelines(f"{path.relative_to(ROOT)} is not up to date\n" for path in stale)
        sys.exit(1 if stale else 0)
    for path, content in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def render_catalogs() -> Iterator[tuple[Path, bytes]]:
    """Yield each file of each catalog with its up-to-date content."""
    for package, source in SOURCES.items():
        for language in translation.LANGUAGES:
            path = ROOT / package / "locale" / language / "LC_MESSAGES" / "django.po"
            catalog = make_catalog(package, language, source, path)
            yield path, str(catalog).encode()
            yield path.with_suffix(".mo"), catalog.to_binary()


def make_catalog(package: str, language: str, source: Mapping[str, str], path: Path) -> polib.POFile:
    """Make the catalog of these texts, with the translations that exist in the file."""
    existing = {entry.msgctxt: entry for entry in polib.pofile(path)} if path.exists() else {}
    catalog = polib.POFile(wrapwidth=WIDTH)
    catalog.metadata = {
        "Project-Id-Version": package,
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for code, text in source.items():
        catalog.append(make_entry(code, text, existing.get(code)))
    return catalog


def make_entry(code: str, text: str, existing: polib.POEntry | None) -> polib.POEntry:
    """Make the entry of a text; an existing translation of another English text is marked fuzzy."""
    if existing is None or not existing.msgstr:
        return polib.POEntry(msgctxt=code, msgid=text)
    if existing.msgid == text:
        return existing
    return polib.POEntry(
        msgctxt=code, msgid=text, msgstr=existing.msgstr, flags=["fuzzy"], previous_msgid=existing.msgid
    )


def read(path: Path) -> bytes | None:
    """Read a file, or return None if it does not exist."""
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    main()
