"""Static files with hashed names, so that browsers may cache them for ever."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Directories of our own scripts, under the static root.
OURS = ("tracking/", "notifications/", "workers/")
# Static files of packages that no page uses: Redoc, and the browsable API.
NOT_SERVED = ("redoc", "rest_framework")


class CollectedFiles(StaticFilesConfig):
    """Django's static files app without files that are not served, which take most of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *NOT_SERVED]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Storage that hashes file names, also in imports between our own ES modules."""

    support_js_module_import_aggregation = True

    def __init__(self, *given: Any, **options: Any) -> None:
        """Let hashed names be put into our own scripts alone; those of packages stay as they are.

        Django also reads imports in comments, and those in packages may name files that do not exist. Most of
        the time went into the megabytes of packages.
        """
        super().__init__(*given, **options)
        searched = self._patterns.pop("*.js")
        self._patterns |= {f"{folder}*.js": searched for folder in OURS}

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress every file, except in the local stage, where it costs more time than it saves."""
        return iter(()) if settings.STAGE == "local" else super().compress_files(paths)
