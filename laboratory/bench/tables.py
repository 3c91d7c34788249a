"""The tables of `docs/performance.md`, made from a report: what stands between a bench's two marks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]


def write_tables(report: dict[str, Any], document: Path) -> None:
    """Put the report's tables in place of those between the marks of its bench."""
    text = document.read_text(encoding="utf-8")
    document.write_text(replace_tables(text, report), encoding="utf-8")


def replace_tables(text: str, report: dict[str, Any]) -> str:
    """The text with the report's tables between `<!-- bench NAME -->` and `<!-- end NAME -->`."""
    name = report["bench"]
    begin, end = f"<!-- bench {name} -->", f"<!-- end {name} -->"
    made = "\n".join([begin, "", *_tables(report), "", end])
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _found: made, text, flags=re.DOTALL)


def _tables(report: dict[str, Any]) -> Iterator[str]:
    yield _tell_circumstances(report)
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


def _tell_circumstances(report: dict[str, Any]) -> str:
    """When, on what code, on what machine, how often, and how quiet it was."""
    machine, config = report["machine"], report["config"]
    seed, control = report["seed"], report["control"]["spread_ratio"]
    quick = " A quick run: it shows the order of things and proves nothing." if config["quick"] else ""
    return (
        f"Measured {report['started_at'][:10]} at commit `{report['commit']}` on {machine['cores']} cores of "
        f"{machine['cpu']}, Python {machine['python']}; {config['good_rounds']} rounds, seed {seed}, "
        f"control {control:.3g} x, load of the machine {machine['load_before']:.3g} before and "
        f"{machine['load_after']:.3g} after.{quick}"
    )


def _part(rows: Rows) -> tuple[Rows, dict[str, dict[str, str]]]:
    """The rows themselves, and what was measured beside each: by its name, then by what it is."""
    own: Rows = []
    beside: dict[str, dict[str, str]] = {}
    for row in rows:
        name, _, thing = row["name"].rpartition(": ")
        if any(known["name"] == name for known in own):
            beside.setdefault(name, {})[f"{thing}, {row['unit']}"] = _short(row["median"])
        else:
            own.append(row)
    return own, beside


def _beside(beside: dict[str, dict[str, str]]) -> Iterator[str]:
    things = list(dict.fromkeys(thing for told in beside.values() for thing in told))
    if not things:
        return
    yield "\n| beside it (medians) | " + " | ".join(things) + " |"
    yield "|---|" + "---|" * len(things)
    for name, told in beside.items():
        yield f"| {name} | " + " | ".join(told.get(thing, "") for thing in things) + " |"


def _short(value: float) -> str:
    """Four digits, and never a power of ten."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _phases(rows: Rows) -> Iterator[str]:
    """Where the first of our rows spends its time."""
    row = next((row for row in rows if row["phases"]), None)
    if row is None:
        return
    verbs = row["phases"]
    rest = row["median"] - sum(verbs.values())
    yield f"\n| {row['name']} | " + " | ".join(verbs) + " | between them |"
    yield "|---|" + "---|" * (len(verbs) + 1)
    yield f"| {row['unit']} | " + " | ".join(f"{value:.3g}" for value in verbs.values()) + f" | {rest:.3g} |"
