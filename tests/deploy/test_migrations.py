"""Migrations run while processes of the release before still work, so they only expand the schema."""

import pytest
from django.db import migrations, models

from tests.deploy.migration_rules import find_violations, judge_all, read_last_state
from tests.opt_in import only_on_postgres

pytestmark = [only_on_postgres(), pytest.mark.django_db]

# The newest migrations of the first release, whose database is made by all of them while nothing else runs.
FIRST_RELEASE = {"notifications": "0007", "tracking": "0021", "webhooks": "0003", "webpush": "0001"}
# Findings about later migrations that have a good reason, as contractions have: `<app>.<name>`, their codes.
EXCUSED: dict[str, list[str]] = {
    # An index of a new column without a value: it is made empty, in one look at the few rows of incidents.
    "tracking.0027_agreed_days_to_move": ["CREATE_INDEX"],
}


def is_of_first_release(name: str) -> bool:
    app, _, migration = name.partition(".")
    return migration[:4] <= FIRST_RELEASE[app]


def test_no_migration_stops_processes_of_the_release_before():
    judged = dict(judge_all())
    assert judged["tracking.0009_consents_alone"] == ["DROP_COLUMN"]
    later = {name: codes for name, codes in judged.items() if codes and not is_of_first_release(name)}
    assert later == EXCUSED


def judge(*operations: object) -> list[str]:
    migration = migrations.Migration("0999_new", "tracking")
    migration.operations = list(operations)
    return find_violations(migration, read_last_state())


@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        (migrations.AddField("hub", "note", models.CharField(max_length=20, default="")), ["NOT_NULL"]),
        (migrations.AddField("hub", "note", models.CharField(max_length=20, db_default="")), []),
        (migrations.AddField("hub", "note", models.CharField(max_length=20, null=True)), []),
        (migrations.RemoveField("incident", "last_action"), ["DROP_COLUMN"]),
        (migrations.RenameField("incident", "last_action", "newest_action"), ["RENAME_COLUMN"]),
        (migrations.DeleteModel("SavedView"), ["DROP_TABLE"]),
        (migrations.AlterModelTable("savedview", "views"), ["RENAME_TABLE"]),
        (migrations.AddIndex("incident", models.Index(fields=["owner"], name="by_owner")), ["CREATE_INDEX"]),
    ],
)
def test_what_breaks_the_rule_is_found(operation, codes):
    assert judge(operation) == codes
