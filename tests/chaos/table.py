"""Writes a chaos report as a table into `docs/checkpoint-safety.md`, between two marks."""

import re
from collections.abc import Iterator
from typing import Any

BEGIN, END = "<!-- chaos -->", "<!-- end chaos -->"
# With fewer values the 99th percentile is the maximum.
ENOUGH_FOR_P99 = 100


def replace_table(text: str, report: dict[str, Any]) -> str:
    """Return the text with the report between `<!-- chaos -->` and `<!-- end chaos -->`."""
    made = "\n".join([BEGIN, "", *_lines(report), "", END])
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _found: made, text, flags=re.DOTALL)


def _lines(report: dict[str, Any]) -> Iterator[str]:
    machine, faults = report["machine"], report["faults"]
    others = ", ".join(f"{count} x {name.replace('_', ' ')}" for name, count in faults.items())
    changed = " with changes" if report["dirty"] else ""
    yield (
        f"Measured {report['started_at'][:10]} at commit `{report['commit']}`{changed} on {machine['cpu']}, "
        f"{machine['cores']} cores, Python {machine['python']}; load at the end {report['load_average'][0]}. "
        f"**{report['kills']} kills** in {report['took_s'] / 60:.0f} minutes ({others}), "
        f"{report['records']} records at {report['rate']:g} a second, {report['shipments']} shipments, "
        f"{report['changes']} changes; {report['workers']} workers, seed {report['seed']}."
    )
    if report["kills"] < ENOUGH_FOR_P99:
        yield "With so few kills the 99th percentile is the worst value, and proves little."
    for broken in report["broken"]:
        yield f"\n**Broken: {broken}**"
    yield ""
    yield "| what | goal | measured |"
    yield "|---|---|---|"
    for name in ("lost", "duplicate_effects", "order_violations"):
        yield f"| {name.replace('_', ' ')} | 0 | {report[name]} |"
    yield f"| recovery after a kill: {_format_figures(report['recovery_ms'], 'p99 at most 7 s')}"
    failing_calls = _format_figures(report["bad_weather_recovery_ms"], "none set")
    yield f"| recovery while calls were failing: {failing_calls}"
    yield f"| gap of a deploy: {_format_figures(report['deploy_gap_ms'], 'p99 at most 1 s')}"
    yield f"| records replayed a kill | | {report['replayed_per_kill']:g} |"


def _format_figures(found_ms: dict[str, float | None], goal: str) -> str:
    """Return the end of a row: the names of its figures, the goal, and the figures in seconds."""
    values = ", ".join("none" if value is None else f"{value / 1000:.2f} s" for value in found_ms.values())
    return f"{', '.join(found_ms)} | {goal} | {values} |"
