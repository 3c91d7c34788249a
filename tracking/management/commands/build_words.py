"""`manage.py build_words`: the words of the customer page as modules for the browser."""

from typing import Any

from django.core.management.base import BaseCommand

from tracking.pages.words import FOLDER, LANGUAGES, write_module


class Command(BaseCommand):
    """Writes one module per language beside the page's scripts."""

    help = "Write words.<language>.js from the catalogue of the customer page."

    def handle(self, *_: Any, **__: Any) -> None:
        """Write each file and name it."""
        for language in LANGUAGES:
            path = FOLDER / f"words.{language}.js"
            path.write_text(write_module(language), encoding="utf-8")
            self.stdout.write(str(path.name))
