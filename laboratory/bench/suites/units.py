"""Bench units: capacity units of DynamoDB that each kind of event takes, for booked shipments.

The hour matters: a position after which a parcel is expected late is a change. The kept report was made about
noon in India, when none is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from laboratory.alarms.templates import load_template
from laboratory.bench.journeys import Journeys, count_journeys
from laboratory.bench.plan import Options, Plan, Row, Sample
from laboratory.event_units import UNIT_ROWS
from swiftlogix.database_copies import reading_from

SHIPMENTS, QUICK_SHIPMENTS = 100, 10
AGAIN = "write units, again (control)"
UNIT = "units of the table tracking"
# Of a table, what the emulator takes and what changes no unit.
TAKEN = ("KeySchema", "AttributeDefinitions")
INDEX_TAKEN = ("IndexName", "KeySchema", "Projection")


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Make a database of its own, and yield the plan."""
    shipments = QUICK_SHIPMENTS if options.quick else SHIPMENTS
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / "units.sqlite3"
    path.unlink(missing_ok=True)
    with reading_from(str(path)):
        call_command("migrate", interactive=False, verbosity=0)

        @cache
        def travel(_round: int) -> Journeys:
            return count_journeys(shipments, read_table())

        rows = [
            Row(row, "ours", UNIT, lambda number, name=name: describe(travel(number), name))
            for name, row in UNIT_ROWS.items()
        ]
        # The next round's journeys: those of no round differ.
        again = Row(AGAIN, "control", UNIT, lambda number: describe(travel(-1 - number), "written"))
        control = (UNIT_ROWS["written"], AGAIN)
        yield Plan("units", [*rows, again], control, config={"shipments": shipments}, is_timed=False)
        connection.close()


def describe(made: Journeys, name: str) -> Sample:
    """Return the units `name` of all events, by kind, with the number of events of each kind."""
    phases = {kind: float(getattr(units, name)) for kind, units in made.units.items()}
    return Sample(sum(phases.values()), phases=phases, counts=dict(made.events))


def read_table() -> dict[str, Any]:
    """Return the table `tracking` of deploy/templates/data.yaml, as arguments of `create_table`."""
    template = load_template(settings.BASE_DIR / "deploy" / "templates" / "data.yaml")
    table = template["Resources"]["Tracking"]["Properties"]
    indexes = [{name: index[name] for name in INDEX_TAKEN} for index in table["GlobalSecondaryIndexes"]]
    return {name: table[name] for name in TAKEN} | {
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": indexes,
    }
