"""Collects the static files of all apps, but only when one of them has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_when_stale() -> bool:
    """Collect into STATIC_ROOT unless it holds exactly these files already; True if it was done."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    seen = fingerprint()
    if stamp.exists() and stamp.read_text() == seen:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(seen)
    return True


def fingerprint() -> str:
    """A digest of every static file's path, size and time of change."""
    digest = hashlib.sha256()
    for line in sorted(_describe_files()):
        digest.update(line.encode())
    return digest.hexdigest()


def _describe_files() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            yield f"{path}|{file.st_size}|{file.st_mtime_ns}\n"
