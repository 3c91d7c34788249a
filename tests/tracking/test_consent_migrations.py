"""Migrations move consents from a column per transport to one field, and back, without loss."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.audit_triggers import drop_audit_triggers

COLUMNS = "0007_rating"
BOTH = "0008_consents"
BY_TRANSPORT = "0009_consents_alone"


@pytest.fixture
def schema(transactional_db):
    """Return a function that migrates tracking to a migration and returns its `Shipment` model."""

    def move_to(name: str):
        executor = MigrationExecutor(connection)
        executor.migrate([("tracking", name)])
        return executor.loader.project_state([("tracking", name)]).apps.get_model("tracking", "Shipment")

    yield move_to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    drop_audit_triggers()


GIVEN = {"a": (True, True), "b": (True, False), "c": (False, True), "d": (False, False)}
CONSENTS = {
    "a": {"sms": True, "email": True},
    "b": {"sms": True, "email": False},
    "c": {"sms": False, "email": True},
    "d": {},
}


def book_by_columns(model):
    for shipment_id, (sms, email) in GIVEN.items():
        model.objects.create(shipment_id=shipment_id, consent_sms=sms, consent_email=email)


def read_columns(model):
    rows = model.objects.values_list("shipment_id", "consent_sms", "consent_email")
    return {shipment_id: (sms, email) for shipment_id, sms, email in rows}


def test_the_migration_moves_consents_over_and_back(schema):
    book_by_columns(schema(COLUMNS))
    assert dict(schema(BOTH).objects.values_list("shipment_id", "consents")) == CONSENTS
    newest = schema(BY_TRANSPORT)
    assert dict(newest.objects.values_list("shipment_id", "consents")) == CONSENTS
    newest.objects.filter(shipment_id="d").update(consents={"sms": False, "email": True})
    newest.objects.filter(shipment_id="a").update(consents={})
    changed = GIVEN | {"d": (False, True), "a": (False, False)}
    assert read_columns(schema(BOTH)) == changed
    assert read_columns(schema(COLUMNS)) == changed


def test_on_the_schema_between_the_two_migrations_old_and_new_code_can_write(schema):
    schema(BOTH)
    columns = "shipment_id, reference, livemode, recipient_sealed, pin_code, language, metadata, token_n"
    columns += ", created_at, updated_at, status, substatus, is_delayed, state_version"
    values = "'', %s, %s, '', 'en', '{}', 0, '2026-11-24', '2026-11-24', 'created', '', %s, 0"
    given = [True, b"\x01", False]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tracking_shipment ({columns}, consent_sms, consent_email)"
            f" VALUES ('old', {values}, %s, %s)",
            [*given, True, False],
        )
        cursor.execute(
            f"INSERT INTO tracking_shipment ({columns}, consents)"
            f""" VALUES ('new', {values}, '{{"sms": false, "email": true}}')""",
            given,
        )
    newest = schema(BY_TRANSPORT)
    assert dict(newest.objects.values_list("shipment_id", "consents")) == {
        "old": {"sms": True, "email": False},
        "new": {"sms": False, "email": True},
    }
