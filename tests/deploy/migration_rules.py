"""Judges migrations by their SQL for PostgreSQL: what stops code of the release before is a violation."""

from collections.abc import Iterator

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django_migration_linter.sql_analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

OURS = frozenset({"tracking", "notifications", "webhooks", "webpush"})


def find_violations(migration: Migration, before: ProjectState) -> list[str]:
    """Return the codes of the linter's findings about the migration, sorted; `before` is changed."""
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(before, editor, collect_sql=True)
    statements = [line for line in editor.collected_sql if line and not line.startswith("--")]
    if migration.atomic:
        # The linter's rules about locks in a transaction look for its begin.
        statements = ["BEGIN;", *statements, "COMMIT;"]
    errors, _, warnings = analyse_sql_statements(PostgresqlAnalyser, statements, [])
    return sorted({issue.code for issue in (*errors, *warnings)})


def judge_all() -> Iterator[tuple[str, list[str]]]:
    """Yield each migration of the product as `<app>.<name>`, with its violations, in the order they run."""
    graph = MigrationLoader(None).graph
    keys = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    state = ProjectState(real_apps=MigrationLoader(None).unmigrated_apps)
    for key in keys:
        if key[0] in OURS:
            yield ".".join(key), find_violations(graph.nodes[key], state)
        else:
            graph.nodes[key].mutate_state(state, preserve=False)


def read_last_state() -> ProjectState:
    """Return the models as the newest migrations leave them."""
    return MigrationLoader(None).project_state()
