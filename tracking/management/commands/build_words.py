"""`manage.py build_words`: the words and tables of the customer page for the browser, from the catalogue."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from tracking.pages.tables import file_of, write_tables
from tracking.pages.words import LANGUAGES


class Command(BaseCommand):
    """Writes one file per language beside the page's scripts."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Write each file and name it."""
        for language in LANGUAGES:
            path = file_of(language)
            path.write_text(write_tables(language), encoding="utf-8")
            self.stdout.write(path.name)
