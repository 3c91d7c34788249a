"""Keeps the results of a game day, fault by fault, and writes them as tables into `docs/game-day.md`."""

from collections.abc import Mapping
from typing import Any

from deploy.faults import FAULTS, Made
from laboratory.marked_tables import make_table, write_marked

HEADS = (
    "fault",
    "alarms that went on, after s",
    "all done after its end, s",
    "public reads, failed",
    "lost, twice or out of order",
    "run",
)
LIST_HEADS = ("fault", "on one machine", "in an account", "what customers notice", "the way back")


def merge(kept: Mapping[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """Return a report with the rows of both in the order of the list; a newer row replaces an older one."""
    run = {key: value for key, value in report.items() if key not in ("faults", "passed")}
    rows = {row["fault"]: row for row in kept.get("faults", ())}
    rows |= {row["fault"]: row | {"run": run} for row in report["faults"]}
    ordered = [rows[fault.name] for fault in FAULTS if fault.name in rows]
    return {"passed": all(row["passed"] for row in ordered), "faults": ordered}


def write_table(document: str, report: dict[str, Any]) -> str:
    """Return the document with a merged report, and with the list of faults, between their marks."""
    rows = (_make_row(row) for row in report["faults"])
    listed = (_make_list_row(number) for number in range(len(FAULTS)))
    machines = sorted({_name_machine(row["run"]) for row in report["faults"]})
    faults = f"Measured on {'; '.join(machines)}.\n\n{make_table(HEADS, rows)}"
    tables = {"faults": faults, "list": make_table(LIST_HEADS, listed)}
    return write_marked(document, "game-day", tables)


def _make_row(row: dict[str, Any]) -> tuple[str, ...]:
    raised = ", ".join(
        f"{name} {seconds}" for name, seconds in sorted(row["raised"].items(), key=lambda one: one[1])
    )
    broken = "; ".join(row["broken"]) or "0"
    reads = f"{row['reads']}, {row['failed_reads']}"
    return row["fault"], raised or "none", str(row["restored_s"]), reads, broken, _name_run(row["run"])


def _name_machine(run: Mapping[str, Any]) -> str:
    return f"{run['machine']['cpu']}, {run['machine']['cores']} cores, at {run['rate']:g} reports a second"


def _name_run(run: Mapping[str, Any]) -> str:
    changes = " with changes" if run["dirty"] else ""
    return f"{run['started_at'][:10]}, `{run['commit']}`{changes}, {run['database']}"


def _make_list_row(number: int) -> tuple[str, ...]:
    fault = FAULTS[number]
    local, account = (_describe(made) for made in (fault.local, fault.account))
    page = f"[{fault.runbook}](../deploy/runbooks/{fault.runbook}.md)"
    return f"`{fault.name}`: {fault.title}", local, account, fault.effect, f"{fault.restore}: {page}"


def _describe(made: Made | str) -> str:
    """Return how a fault is made, and the alarms of which one has to go on."""
    if isinstance(made, str):
        return f"not made: {made}"
    alarms = " or ".join(sorted(made.alarms)) or "no alarm"
    return f"{made.how} → {alarms}"
