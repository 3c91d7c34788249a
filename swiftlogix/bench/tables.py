"""The tables of `docs/performance.md`, made from a report: what stands between a bench's two marks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any


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
    machine, config = report["machine"], report["config"]
    yield (
        f"Measured {report['started_at'][:10]} at commit `{report['commit']}` on {machine['cpu']}, "
        f"Python {machine['python']}; {config['good_rounds']} rounds, seed {report['seed']}, "
        f"control {report['control']['spread_ratio']:.3g} x."
    )
    for reason in report["void_reasons"]:
        yield f"\n**This run does not count: {reason}.**"
    yield f"\n![{report['bench']}](img/{report['bench']}.svg)\n"
    yield "| row | median | range | unit |"
    yield "|---|---|---|---|"
    for row in report["rows"]:
        span = f"{row['median']:.4g} | {row['min']:.4g} to {row['max']:.4g}"
        yield f"| {row['name']} | {span} | {row['unit']} |"
    yield from _phases(report["rows"])
    if report["targets"]:
        yield "\n| target | wanted | got | met |"
        yield "|---|---|---|---|"
    for target in report["targets"]:
        met = "yes" if target["met"] else "no"
        yield f"| `{target['id']}` | {target['wanted']} | {target['got']} | {met} |"


def _phases(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Where the first of our rows spends its time."""
    row = next((row for row in rows if row["phases"]), None)
    if row is None:
        return
    verbs = row["phases"]
    rest = row["median"] - sum(verbs.values())
    yield f"\n| {row['name']} | " + " | ".join(verbs) + " | between them |"
    yield "|---|" + "---|" * (len(verbs) + 1)
    yield f"| {row['unit']} | " + " | ".join(f"{value:.3g}" for value in verbs.values()) + f" | {rest:.3g} |"
