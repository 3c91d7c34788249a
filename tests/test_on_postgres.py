"""Tests of what the databases do differently also pass on PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.opt_in import only_with_a_postgres_server

SHORT_FORM = (
    "tests/deploy/test_migrations.py",
    "tests/swiftlogix/test_migration_locks.py",
    (
        "tests/swiftlogix/test_drill.py::"
        "test_a_restored_database_lists_what_was_there_and_shows_what_has_changed_since"
    ),
    "tests/notifications/test_claims.py",
    "tests/notifications/test_consents.py",
    "tests/notifications/webhooks/test_claims.py",
    "tests/tracking/api/test_idempotency.py",
    "tests/tracking/services/requests/test_audit.py",
)


@only_with_a_postgres_server()
@pytest.mark.slow
def test_the_short_form_passes_on_postgresql():
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    command = (sys.executable, "-m", "tests.on_postgres", "-rN", *SHORT_FORM)
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "skipped" not in run.stdout.splitlines()[-1]
