"""Report of a load test: what was asked, what was shown, and the knee of one machine to compare with."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from laboratory.bench.machine import describe_run, name_run
from laboratory.load_test.knee import name_knee
from laboratory.load_test.run import PROMISED_MS, Outcome
from laboratory.marked_tables import make_table, write_marked

# Report of the last search for the knee of one machine.
KEPT = settings.BASE_DIR / "docs" / "measured" / "load-test.json"
HEADS = (
    "reports a second",
    "sent in",
    "screens",
    "on the stream p99, ms",
    "on the screen p50, ms",
    "p99, ms",
    "missing",
    "held",
)


def make_report(product: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the report of runs against a product; `product` is its name or address."""
    # The machine is the one that sent the reports.
    return describe_run() | {
        "product": product,
        "promised_ms": PROMISED_MS,
        "held": name_knee(list(outcomes)),
        "runs": [msgspec.to_builtins(outcome) | {"is_held": outcome.is_held} for outcome in outcomes],
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write the report as JSON."""
    path.write_text(json.dumps(report, indent=1) + "\n")


def describe(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report for people: a table, and which rate was held."""
    yield make_table(HEADS, (_make_row(run) for run in report["runs"]))
    yield ""
    yield f"Held, which is all there and 99 of 100 within {PROMISED_MS:,.0f} ms: {report['held']:,} a second."


def describe_kept(path: Path = KEPT) -> str:
    """Return the knee of one machine in words; empty if none was measured."""
    try:
        kept = json.loads(path.read_text())
        machine = kept["machine"]
        return (
            f"For comparison, one machine with the emulator of AWS held {kept['held']:,} a second "
            f"({machine['cpu']}, {machine['cores']} cores, {kept['started_at'][:10]})."
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def write_table(document: str, report: dict[str, Any]) -> str:
    """Return the document with the report between its marks."""
    head = f"{name_run(report)}. Held: {report['held']:,} reports a second."
    table = make_table(HEADS, (_make_row(run) for run in report["runs"]))
    return write_marked(document, "load-test", {"runs": f"{head}\n\n{table}"})


def _make_row(run: dict[str, Any]) -> tuple[str, ...]:
    load = run["load"]
    missing = run["given_up"] + run["unrecorded"] + run["behind"] + run["closed"]
    delays = (run[name] for name in ("stream_p99_ms", "screen_p50_ms", "screen_p99_ms"))
    return (
        f"{load['rate']:,}",
        f"{load['seconds']} s",
        f"{run['screens']:,}",
        *("" if delay is None else f"{delay:,.0f}" for delay in delays),
        f"{missing:,}",
        "yes" if run["is_held"] else "no",
    )
