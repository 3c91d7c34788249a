"""Triggers of the audit log in the test database, which stop tests with commits from emptying every table."""

from importlib import import_module

from django.db import connection

_MIGRATION = import_module("tracking.migrations.0012_staff")


def add_audit_triggers() -> None:
    """Add the triggers of the migration."""
    _execute(_MIGRATION.ADDED[connection.vendor])


def drop_audit_triggers() -> None:
    """Drop the triggers that the migration has added."""
    _execute(_MIGRATION.DROPPED[connection.vendor])


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
