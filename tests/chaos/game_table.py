"""Writes the report of a game day as a table into `docs/game-day.md`."""

from typing import Any

from laboratory.bench.machine import name_run
from laboratory.marked_tables import make_table, write_marked

HEADS = (
    "fault",
    "alarms that went on, after s",
    "all done after its end, s",
    "public reads, failed",
    "lost, twice or out of order",
)


def write_table(document: str, report: dict[str, Any]) -> str:
    """Return the document with the report between its marks."""
    head = (
        f"{name_run(report)}: "
        f"{report['records']} records at {report['rate']:g} a second in {report['took_s'] / 60:.0f} minutes."
    )
    table = make_table(HEADS, (_make_row(row) for row in report["faults"]))
    return write_marked(document, "game-day", {"faults": f"{head}\n\n{table}"})


def _make_row(row: dict[str, Any]) -> tuple[str, ...]:
    raised = ", ".join(
        f"{name} {seconds}" for name, seconds in sorted(row["raised"].items(), key=lambda one: one[1])
    )
    broken = "; ".join(row["broken"]) or "0"
    reads = f"{row['reads']}, {row['failed_reads']}"
    return row["fault"], raised or "none", str(row["restored_s"]), reads, broken
