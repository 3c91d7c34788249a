"""Static files with hashed names, so that they may be kept for ever."""

from collections.abc import Callable, Iterable, Iterator
from re import Match
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Where our own scripts lie, below the static root.
OURS = ("tracking/", "notifications/", "workers/")
# Packages bring along what no page of ours uses: Redoc, and the browsable API.
NOT_SERVED = ("redoc", "rest_framework")


class CollectedFiles(StaticFilesConfig):
    """Django's static files without what is not served: it would be most of the collecting's time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *NOT_SERVED]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashes file names, and the names in imports between our own ES modules."""

    support_js_module_import_aggregation = True

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compresses every file, but for the local stage: on loopback it costs more than it saves."""
        return iter(()) if settings.STAGE == "local" else super().compress_files(paths)

    def url_converter(self, name: str, *rest: Any, **more: Any) -> Callable[[Match[str]], str]:
        """Puts hashed names into a file; scripts of others stay as they are.

        Django reads imports in comments too, and those in other people's packages name files that they
        do not bring along.
        """
        if name.endswith(".js") and not name.startswith(OURS):
            return lambda found: found["matched"]
        converter: Callable[[Match[str]], str] = super().url_converter(name, *rest, **more)
        return converter
