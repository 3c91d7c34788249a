"""Marks that skip tests. Each run lists the skipped tests with the reason in its last lines."""

import os
import shutil
import sys

import pytest

from laboratory.local.errors import LocalError
from laboratory.local.postgres import find_programs


def only_with(switch: str, command: str) -> pytest.MarkDecorator:
    """Skip a test unless this environment variable is set; `command` is the one that sets it."""
    return pytest.mark.skipif(
        not os.environ.get(switch), reason=f"not asked for: `{command}` runs it, by {switch}=1"
    )


def only_on_linux(reason: str) -> pytest.MarkDecorator:
    """Skip a test of a Linux feature on other systems."""
    return pytest.mark.skipif(sys.platform != "linux", reason=f"not on {sys.platform}: {reason}")


def only_where_installed(program: str) -> pytest.MarkDecorator:
    """Skip a test that runs a program which this machine does not have."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program} on this machine")


def only_on_postgres() -> pytest.MarkDecorator:
    """Skip a test of what PostgreSQL alone does while the test database is another one."""
    return pytest.mark.skipif(
        not os.environ.get("TEST_DATABASE_URL"), reason="not on PostgreSQL: `make test-postgres` runs it"
    )


def only_on_sqlite(reason: str) -> pytest.MarkDecorator:
    """Skip a test whose result holds for SQLite alone while the test database is PostgreSQL."""
    return pytest.mark.skipif(bool(os.environ.get("TEST_DATABASE_URL")), reason=f"only on SQLite: {reason}")


def only_with_a_postgres_server() -> pytest.MarkDecorator:
    """Skip a test that starts a PostgreSQL server where none is installed."""
    return pytest.mark.skipif(bool(reason := _find_missing_postgres()), reason=reason)


def _find_missing_postgres() -> str:
    try:
        find_programs()
    except LocalError as error:
        return str(error)
    return ""
