"""Writes a report as tables into `docs/performance.md`, between the two marks of its bench."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
# With more parts than this a table has a line for each part, instead of a column.
MOST_COLUMNS = 8


def write_tables(report: dict[str, Any], document: Path) -> None:
    """Replace the tables between the bench's marks in the document by those of the report."""
    text = document.read_text(encoding="utf-8")
    document.write_text(replace_tables(text, report), encoding="utf-8")


def replace_tables(text: str, report: dict[str, Any]) -> str:
    """Return the text with the report's tables between `<!-- bench NAME -->` and `<!-- end NAME -->`."""
    name = report["bench"]
    begin, end = f"<!-- bench {name} -->", f"<!-- end {name} -->"
    made = "\n".join([begin, "", *_tables(report), "", end])
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _found: made, text, flags=re.DOTALL)


def _tables(report: dict[str, Any]) -> Iterator[str]:
    yield _describe_run(report)
    yield f"\n![{report['bench']}](img/{report['bench']}.svg)\n"
    if report["fits"]:
        yield f"![{report['bench']}, straight lines](img/{report['bench']}-fits.svg)\n"
    own, beside = _part(report["rows"])
    times = {ratio["peer"]: f"{ratio['median']:.3g} x {ratio['ours']}" for ratio in report["ratios"]}
    yield "| row | median | range | unit | costs |"
    yield "|---|---|---|---|---|"
    for row in own:
        span = f"{_short(row['median'])} | {_short(row['min'])} to {_short(row['max'])}"
        yield f"| {row['name']} | {span} | {row['unit']} | {times.get(row['name'], '')} |"
    yield from _beside(beside)
    yield from _phases(report["rows"])
    if report["targets"]:
        yield "\n| target | wanted | got | met |"
        yield "|---|---|---|---|"
    for target in report["targets"]:
        met = "yes" if target["met"] else "no"
        yield f"| `{target['id']}` | {target['wanted']} | {target['got']} | {met} |"


def _describe_run(report: dict[str, Any]) -> str:
    """Return a paragraph on date, commit, machine, number of rounds, noise and load."""
    machine, config = report["machine"], report["config"]
    seed, control = report["seed"], report["control"]["spread_ratio"]
    quick = " A quick run: it shows the order of quantities and proves nothing." if config["quick"] else ""
    return (
        f"Measured {report['started_at'][:10]} at commit `{report['commit']}` on {machine['cores']} cores of "
        f"{machine['cpu']}, Python {machine['python']}; {config['good_rounds']} rounds, seed {seed}, "
        f"control {control:.3g} x, load of the machine {machine['load_before']:.3g} before and "
        f"{machine['load_after']:.3g} after.{quick}"
    )


def _part(rows: Rows) -> tuple[Rows, dict[str, dict[str, str]]]:
    """Split rows into the measured ones and the quantities beside them, by row name and quantity."""
    own: Rows = []
    beside: dict[str, dict[str, str]] = {}
    for row in rows:
        name, _, quantity = row["name"].rpartition(": ")
        if any(other["name"] == name for other in own):
            beside.setdefault(name, {})[f"{quantity}, {row['unit']}"] = _short(row["median"])
        else:
            own.append(row)
    return own, beside


def _beside(beside: dict[str, dict[str, str]]) -> Iterator[str]:
    quantities = list(dict.fromkeys(quantity for values in beside.values() for quantity in values))
    if not quantities:
        return
    yield "\n| beside it (medians) | " + " | ".join(quantities) + " |"
    yield "|---|" + "---|" * len(quantities)
    for name, values in beside.items():
        yield f"| {name} | " + " | ".join(values.get(quantity, "") for quantity in quantities) + " |"


def _short(value: float) -> str:
    """Format with four significant digits; thousands as whole numbers with commas."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _phases(rows: Rows) -> Iterator[str]:
    """Yield a table of the pipeline steps of the first row that has them; of all rows if there are many."""
    divided = [row for row in rows if row["phases"]]
    if not divided:
        return
    row = divided[0]
    steps = row["phases"]
    if len(steps) > MOST_COLUMNS:
        yield from _list_parts([row for row in divided if row["role"] != "control"])
        return
    rest = row["median"] - sum(steps.values())
    yield f"\n| {row['name']} | " + " | ".join(steps) + " | between them |"
    yield "|---|" + "---|" * (len(steps) + 1)
    yield f"| {row['unit']} | " + " | ".join(f"{value:.3g}" for value in steps.values()) + f" | {rest:.3g} |"


def _list_parts(rows: Rows) -> Iterator[str]:
    """Yield a table with a line for each part of these rows, and a column for each row."""
    yield "\n| part | " + " | ".join(f"{row['name']}, {row['unit']}" for row in rows) + " |"
    yield "|---|" + "---|" * len(rows)
    for part in sorted({part for row in rows for part in row["phases"]}):
        values = [row["phases"].get(part) for row in rows]
        shown = ["" if value is None else f"{value:.3g}" for value in values]
        yield f"| {part} | " + " | ".join(shown) + " |"
