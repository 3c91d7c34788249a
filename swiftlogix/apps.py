"""Django apps of the assembly: one wires ports to adapters, one is Django's admin with our site."""

from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

# A migration that waits for a lock stops every request behind it, so it gives up after this time.
MIGRATION_LOCK_TIMEOUT = "2s"


class SwiftLogixConfig(AppConfig):
    """Wires the ports at start; adapters open no connection until they are first used."""

    name = "swiftlogix"

    def ready(self) -> None:
        """Set up logs and traces, put an adapter behind every port, limit how long migrations wait."""
        from swiftlogix import telemetry, tracing, wiring

        telemetry.set_up()
        tracing.set_up()
        wiring.wire_all()
        pre_migrate.connect(limit_lock_waits)
        post_migrate.connect(unlimit_lock_waits)


class StaffAdmin(admin_apps.AdminConfig):
    """Django's admin with the site that asks for both factors and writes the audit log."""

    default = False
    default_site = "tracking.pages.admin_site.StaffAdminSite"


def limit_lock_waits(using: str, **_: Any) -> None:
    """Let statements of this database connection fail that wait longer for a lock; only PostgreSQL can."""
    _set_on_postgres(using, f"SET lock_timeout = '{MIGRATION_LOCK_TIMEOUT}'")


def unlimit_lock_waits(using: str, **_: Any) -> None:
    """Give the database connection its own limit again, for a process that goes on after a migration."""
    _set_on_postgres(using, "RESET lock_timeout")


def _set_on_postgres(using: str, statement: str) -> None:
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(statement)
