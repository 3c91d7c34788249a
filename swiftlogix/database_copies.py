"""Copies of the relational database, made as a backup is restored, and read instead of the one in use."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from tracking.domain.errors import PermanentError

COPY = "drill"
# Debian does not put all programs of a server on PATH.
DEBIAN_PROGRAMS = "/usr/lib/postgresql/*/bin"
DUMPER = "pg_dump"


class RowDigest(NamedTuple):
    """Number of rows of all tables, and a SHA-256 over them."""

    rows: int
    sha256: str


def can_copy() -> bool:
    """Return whether this process can restore a copy: on SQLite, or with PostgreSQL's programs."""
    return connection.vendor == "sqlite" or _find_program(DUMPER) is not None


@contextmanager
def restored_copy(folder: Path) -> Iterator[str]:
    """Restore a copy of the database in use, and yield its name; it is removed at the end.

    SQLite's is a file in `folder`, PostgreSQL's another database of the same server. Raises `PermanentError`
    if a program of PostgreSQL fails.
    """
    if connection.vendor == "sqlite":
        path = folder / f"{COPY}.sqlite3"
        # Opened once more: a backup waits for ever for a transaction of its own connection.
        with closing(sqlite3.connect(_name())) as database, closing(sqlite3.connect(path)) as copy:
            database.backup(copy)
        yield str(path)
        return
    name, dump = f"{_name()}_{COPY}", folder / f"{COPY}.dump"
    _run(DUMPER, "--format=custom", f"--file={dump}", _name())
    _run("dropdb", "--if-exists", name)
    _run("createdb", name)
    try:
        _run("pg_restore", "--exit-on-error", f"--dbname={name}", str(dump))
        yield name
    finally:
        _run("dropdb", "--if-exists", name)


@contextmanager
def reading_from(name: str) -> Iterator[None]:
    """Let this thread's queries go to the database of that name within the context."""
    before = _name()
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def digest_rows() -> RowDigest:
    """Return the digest of all rows of all tables, as this thread reads them."""
    digest, rows = hashlib.sha256(), 0
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608 - our tables
            for row in cursor:
                digest.update(repr((table, *row)).encode())
                rows += 1
    return RowDigest(rows, digest.hexdigest())


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL against the server in use. Raises `PermanentError` if it fails."""
    found = _find_program(program)
    if found is None:
        raise PermanentError(f"{program} of PostgreSQL is not installed")
    there = connection.settings_dict
    environment = os.environ | {
        "PGHOST": there["HOST"],
        "PGPORT": str(there["PORT"]),
        "PGUSER": there["USER"],
        "PGPASSWORD": there["PASSWORD"],
    }
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise PermanentError(f"{program} failed: {done.stderr.strip()}")


def _find_program(name: str) -> str | None:
    folders = [str(path) for path in sorted(Path("/").glob(DEBIAN_PROGRAMS.lstrip("/")), reverse=True)]
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *folders]))
