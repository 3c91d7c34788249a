"""A migration waits two seconds for a lock, and not longer."""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from tests.opt_in import only_on_postgres

TABLE = "webhooks_webhookdelivery"


def read_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return cursor.fetchone()[0]


@only_on_postgres()
@pytest.mark.django_db(transaction=True)
def test_a_migration_gives_up_a_lock_that_it_does_not_get_and_changes_nothing():
    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {TABLE} IN ACCESS SHARE MODE")
        with pytest.raises(OperationalError, match="lock timeout"):
            call_command("migrate", "webhooks", "0001", verbosity=0)
    finally:
        reader.close()
    call_command("migrate", verbosity=0)
    assert read_limit() == "0"
