"""Collects the static files of all apps, but only when one of them has changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_when_stale() -> bool:
    """Collect static files into STATIC_ROOT unless none has changed; return True if they were collected."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    current = fingerprint()
    if stamp.exists() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current)
    return True


def fingerprint() -> str:
    """Return a digest of the path, size and modification time of every static file."""
    digest = hashlib.sha256()
    for line in sorted(_describe_files()):
        digest.update(line.encode())
    return digest.hexdigest()


def _describe_files() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            yield f"{path}|{file.st_size}|{file.st_mtime_ns}\n"
