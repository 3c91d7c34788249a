"""A write by staff names its role and leaves an entry in its transaction; entries never change."""

import ast
from importlib import import_module

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from tests.audit_triggers import add_audit_triggers
from tests.databases import refuse_inserts
from tests.house.sources import modules
from tests.staff import as_caller
from tracking.models import Partner, StaffAction
from tracking.models.staff import AppendOnlyError
from tracking.services.requests.audit import (
    STAFF_WRITES,
    NotAuditedError,
    record_action,
    record_administration,
    staff_write,
)
from tracking.services.requests.roles import LOWEST_ROLES, Role, RoleRefusedError, Verb

pytestmark = pytest.mark.django_db
SUPERVISOR = as_caller(Role.SUPERVISOR)


@pytest.fixture
def decorated():
    """Decorate a service of this test, and forget it afterwards."""
    before = dict(STAFF_WRITES)
    yield staff_write(Verb.CORRECT)
    STAFF_WRITES.clear()
    STAFF_WRITES.update(before)


def add_partner(staff, *, fails=False) -> str:
    Partner.objects.create(partner_id="prt_new", name="New")
    record_action(staff, Verb.CORRECT, "partner prt_new", reason="a reason", after={"name": "New"})
    if fails:
        raise ValueError("after the entry")
    return "done"


def test_a_write_and_its_entry_are_stored_together(decorated):
    assert decorated(add_partner)(SUPERVISOR) == "done"
    entry = StaffAction.objects.get()
    stored = {
        name: getattr(entry, name) for name in ("actor", "role", "verb", "subject", "reason", "request_id")
    }
    assert (stored, entry.before, entry.after) == (
        {
            "actor": "staff_0",
            "role": "supervisor",
            "verb": "correct_event",
            "subject": "partner prt_new",
            "reason": "a reason",
            "request_id": "req-1",
        },
        {},
        {"name": "New"},
    )


def test_a_write_that_fails_leaves_neither_its_change_nor_its_entry(decorated):
    with pytest.raises(ValueError, match="after the entry"):
        decorated(add_partner)(SUPERVISOR, fails=True)
    assert (Partner.objects.count(), StaffAction.objects.count()) == (0, 0)


def test_a_write_whose_entry_cannot_be_stored_is_undone(decorated):
    refuse_inserts("tracking_staffaction")
    with pytest.raises(DatabaseError, match="full"):
        decorated(add_partner)(SUPERVISOR)
    assert Partner.objects.count() == 0


def test_a_write_without_an_entry_is_undone(decorated):
    def forget(staff):
        Partner.objects.create(partner_id="prt_new", name="New")

    with pytest.raises(NotAuditedError):
        decorated(forget)(SUPERVISOR)
    assert Partner.objects.count() == 0


def test_an_entry_outside_of_a_write_is_refused():
    with pytest.raises(NotAuditedError):
        record_action(SUPERVISOR, Verb.CORRECT, "event e1")
    assert StaffAction.objects.count() == 0


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("role", Role)
def test_a_lower_role_is_refused_before_anything_is_written(role, verb):
    before = dict(STAFF_WRITES)
    write = staff_write(verb)(add_partner)
    STAFF_WRITES.clear()
    STAFF_WRITES.update(before)
    if role < LOWEST_ROLES[verb]:
        with pytest.raises(RoleRefusedError, match=LOWEST_ROLES[verb].group):
            write(as_caller(role))
    else:
        write(as_caller(role))
    assert Partner.objects.count() == (role >= LOWEST_ROLES[verb])


@pytest.fixture
def entry():
    record_administration(SUPERVISOR, "auth.user 1", before={}, after={})
    return StaffAction.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: StaffAction.objects.update(actor="nobody"),
        lambda entry: StaffAction.objects.all().delete(),
        lambda entry: StaffAction.objects.bulk_update([entry], ["actor"]),
        lambda entry: StaffAction.objects.bulk_create(
            [entry], update_conflicts=True, unique_fields=["id"], update_fields=["actor"]
        ),
    ],
)
def test_the_model_refuses_to_change_or_delete_an_entry(entry, change):
    with pytest.raises(AppendOnlyError):
        change(entry)


@pytest.fixture
def triggers():
    """Add the triggers of the migration, which the test database drops; the rollback removes them."""
    add_audit_triggers()


@pytest.mark.usefixtures("triggers")
@pytest.mark.parametrize(
    "statement", ["UPDATE tracking_staffaction SET actor = 'nobody'", "DELETE FROM tracking_staffaction"]
)
def test_the_database_refuses_to_change_or_delete_an_entry(entry, statement):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert StaffAction.objects.get() == entry


def test_the_migration_makes_a_group_for_each_role():
    from django.apps import apps

    Group.objects.all().delete()
    import_module("tracking.migrations.0012_staff").add_groups(apps, None)
    assert set(Group.objects.values_list("name", flat=True)) == {role.group for role in Role}


def test_every_service_that_staff_call_is_a_write_with_a_role():
    found = {
        f"{module.path}: {node.name}": {ast.unparse(line).partition("(")[0] for line in node.decorator_list}
        for module in modules("tracking/services", "notifications", "workers")
        if not module.path.endswith("requests/audit.py")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.args.args
        and getattr(node.args.args[0].annotation, "id", "") == "Staff"
    }
    assert len(found) >= 6
    assert [name for name, decorators in found.items() if "staff_write" not in decorators] == []


def test_the_migration_of_the_audit_log_adds_its_triggers():
    staff = import_module("tracking.migrations.0012_staff")
    steps = [(step.code, step.reverse_code) for step in staff.Migration.operations if hasattr(step, "code")]
    assert (staff.add_triggers, staff.drop_triggers) in steps
