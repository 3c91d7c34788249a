"""Tables of `docs/scaling.md`: what a growing load needs, and what the simulations have found."""

from collections.abc import Callable, Sequence
from typing import Any

from laboratory.cost.report import CostModel
from laboratory.marked_tables import make_table, write_marked
from laboratory.scaling.arithmetic import FACTORS, Needs, find_largest_stream, work_out_needs

ROWS: tuple[tuple[str, Callable[[Needs], str]], ...] = (
    ("events a month, million", lambda one: f"{one.events_a_month / 1e6:,.0f}"),
    ("events a second in a burst", lambda one: f"{one.burst:,.0f}"),
    ("shards, with room for uneven keys", lambda one: f"{one.shards:,}"),
    ("processes of the role shards, 4 slots each", lambda one: f"{one.processes:,}"),
    ("write units a second of table `tracking`", lambda one: f"{one.table_writes:,.0f}"),
    ("partitions of it, by writes", lambda one: f"{one.table_partitions:,}"),
    ("read units a second for leases, in one group", lambda one: f"{one.lease_reads:,.0f}"),
    ("rows a second written for leases, in one group", lambda one: f"{one.lease_writes:,.0f}"),
    ("streams, so that leases fit into partitions", lambda one: f"{one.streams:,}"),
    ("changes a second on the bus, in a burst", lambda one: f"{one.changes:,.0f}"),
    ("targets a second of the bus", lambda one: f"{one.bus_targets:,.0f}"),
    ("of the default quota for targets", lambda one: f"{one.buses:,} times"),
    ("SMS a second, spread over a peak day", lambda one: f"{one.sms_a_s:,.1f}"),
    ("tasks of the role web, by open pages", lambda one: f"{one.web_tasks:,}"),
    ("ACU of a database instance", lambda one: f"{one.database_acu:,.1f}"),
    ("$ a month, without messages", lambda one: f"{one.usd:,.0f}"),
)


def write_tables(document: str, model: CostModel, kept: dict[str, Any]) -> str:
    """Return the document with its tables made anew, from the model and kept results of simulations.

    Raises `ValueError` if a table has no place in the document.
    """
    tables = {
        "needs": _tabulate_needs([work_out_needs(model, factor) for factor in FACTORS]),
        "takeover": _tabulate_takeover(kept["takeover"]),
        "balance": _tabulate_balance(kept["balance"]),
        "burst": _tabulate_bursts(kept["burst"]),
    }
    return write_marked(document, "scaling", tables)


def _tabulate_needs(needs: Sequence[Needs]) -> str:
    rows = [(name, *(show(one) for one in needs)) for name, show in ROWS]
    largest = f"{find_largest_stream():,}"
    rows.append(("shards of a stream whose leases fit into one partition", *([largest] * len(needs))))
    return make_table(("", *(f"{one.factor:,} x" for one in needs)), rows)


def _tabulate_takeover(rows: Sequence[dict[str, Any]]) -> str:
    heads = (
        "shards",
        "processes",
        "killed",
        "shards lost",
        "median s",
        "last s",
        "all held after a start, s",
    )
    names = (
        "shards",
        "processes",
        "killed",
        "shards_lost",
        "taken_median_s",
        "taken_last_s",
        "all_held_after_s",
    )
    calls = ("reads a second", "rows read a second", "rows written a second")
    counts = ("reads_a_s", "rows_read_a_s", "rows_written_a_s")
    return make_table((*heads, *calls), [[_show(row[name]) for name in (*names, *counts)] for row in rows])


def _tabulate_balance(rows: Sequence[dict[str, Any]]) -> str:
    heads = ("shards", "processes added", "all of them hold their part after, s")
    names = ("shards", "added", "balanced_after_s")
    return make_table(heads, [[_show(row[name], "never") for name in names] for row in rows])


def _tabulate_bursts(rows: Sequence[dict[str, Any]]) -> str:
    heads = (
        "shards",
        "a task, events a second",
        "step",
        "tasks before",
        "most tasks",
        "oldest record, s",
        "absorbed after, s",
    )
    names = ("tasks_before", "tasks_most", "oldest_s", "absorbed_after_s")
    steps = [f"{row['step_share']:.0%} or twice" if row["step_share"] else "2 or 4 tasks" for row in rows]
    return make_table(
        heads,
        [
            [
                _show(row["shards"]),
                _show(row["task_rate"]),
                step,
                *(_show(row[name], "not in two hours") for name in names),
            ]
            for row, step in zip(rows, steps, strict=True)
        ],
    )


def _show(value: float | None, instead: str = "") -> str:
    if value is None:
        return instead
    return f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:,.1f}"
