"""Statements and plans that SQLite and PostgreSQL spell differently, for tests of both."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

_REFUSING = {
    "sqlite": ["CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"],
    "postgresql": [
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'full'; END $$"
        ),
        "CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()",
    ],
}


def refuse_inserts(table: str) -> None:
    """Let every insert into the table fail with the message `full`, until the test's transaction ends."""
    with connection.cursor() as cursor:
        for statement in _REFUSING[connection.vendor]:
            cursor.execute(statement.format(table=table))


def is_found_by_index(rows: QuerySet[Any]) -> bool:
    """Return whether the database can answer the query by an index, however few rows there are now."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        return "Index Cond" in rows.explain()
    return f"SEARCH {rows.model._meta.db_table} USING INDEX" in rows.explain()
