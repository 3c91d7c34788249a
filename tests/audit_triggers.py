"""Triggers of append-only tables in the test database, which stop tests with commits."""

from importlib import import_module

from django.db import connection

_MIGRATIONS = [
    import_module(name)
    for name in ("tracking.migrations.0012_staff", "notifications.migrations.0003_consents")
]


def add_audit_triggers() -> None:
    """Add the triggers of the migrations."""
    for migration in _MIGRATIONS:
        _execute(migration.ADDED[connection.vendor])


def drop_audit_triggers() -> None:
    """Drop the triggers that the migrations have added."""
    for migration in _MIGRATIONS:
        _execute(migration.DROPPED[connection.vendor])


def _execute(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
