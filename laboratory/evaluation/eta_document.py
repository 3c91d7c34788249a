"""Writes the figures of `docs/eta.md` from the results recorded in `docs/measured/`."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Report = dict[str, Any]
MONTH, WEEKS, CLASSES, BOUND = "month.json", "weeks.json", "classes.json", "bound.json"
LATENESS = "lateness-*.json"
BUCKETS = ("under 25 min", "25 to 60 min", "60 to 200 min", "over 200 min")
# Promise of the month's legs, as a multiple of their free-flow time.
PROMISE_FACTOR = 2.0


class Goal(NamedTuple):
    """Row of the table of lateness: a figure of `delay_report`, its goal and how it is written."""

    text: str
    name: str
    goal: float
    form: str
    is_upper: bool = False

    def is_met(self, value: float) -> bool:
        """Return whether a value keeps the goal."""
        return value <= self.goal if self.is_upper else value >= self.goal


GOALS = (
    Goal("notifications per shipment", "told_per_shipment", 0.8, "{:.2f}", is_upper=True),
    Goal("more than two notifications", "over_two_pct", 5.0, "{:.1f} %", is_upper=True),
    Goal("precision", "precision", 0.70, "{:.2f}"),
    Goal("recall", "recall", 0.90, "{:.3f}"),
    Goal("warned at least 30 min before the promise", "lead_30_pct", 85.0, "{:.0f} %"),
    Goal("Brier skill of the first prediction", "brier_skill_dispatch", 0.10, "{:.2f}"),
    Goal("Brier skill half-way", "brier_skill_half_way", 0.33, "{:.2f}"),
    Goal(
        "calibration error, of the first prediction and the one half-way",
        "ece",
        0.06,
        "{:.3f}",
        is_upper=True,
    ),
)


def write_figures(document: Path, folder: Path) -> None:
    """Replace all figures in the document by those of the recorded results in a folder."""
    text = document.read_text(encoding="utf-8")
    document.write_text(replace_figures(text, folder), encoding="utf-8")


def replace_figures(text: str, folder: Path) -> str:
    """Return the text with the parts between `<!-- figures NAME -->` and `<!-- end NAME -->` written anew."""
    seeds = sorted(folder.glob(LATENESS), key=lambda path: int(path.stem.partition("-")[2]))
    lateness = {path.stem.partition("-")[2]: _read(path) for path in seeds}
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "month": lambda: describe_month(_read(folder / MONTH)),
        "weeks": lambda: describe_weeks(_read(folder / WEEKS)),
        "classes": lambda: describe_classes(_read(folder / CLASSES)),
        "lateness": lambda: describe_lateness(lateness),
        "bound": lambda: describe_bound(_read(folder / BOUND), _read(folder / MONTH)),
    }
    for name, describe in parts.items():
        begin, end = f"<!-- figures {name} -->", f"<!-- end {name} -->"
        made = "\n".join([begin, "", *describe(), "", end])
        text = re.sub(f"{begin}.*?{end}", lambda _found, made=made: made, text, flags=re.DOTALL)
    return text


def write_result(path: Path, report: object) -> None:
    """Write a result as JSON with sorted keys."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def describe_month(report: Report) -> Iterator[str]:
    """Yield the tables of the simulated month: all legs, and legs by length."""
    lateness = report["lateness"]
    yield from ("| measure | value |", "|---|---|")
    yield f"| legs scored | {report['scored']:,} |"
    yield f"| error: WAPE | {report['wape_pct']:.1f} % |"
    yield f"| better than the running constant factor by (MAE) | {report['gain_pct']:.0f} % |"
    yield f"| inside P10 to P90 | {report['coverage_pct']:.1f} % |"
    yield f"| median relative width | {report['median_relative_width_pct']:.0f} % |"
    yield f"| lateness at {PROMISE_FACTOR:g} x free flow: late | {100 * lateness['base_rate']:.0f} % |"
    yield f"| lateness: Brier skill at dispatch | {lateness['skill']:.2f} |"
    yield f"| lateness: calibration error | {lateness['ece']:.3f} |"
    yield from ("", "| length | n | WAPE | inside | width |", "|---|---|---|---|---|")
    for each in report["by_bucket"]:
        width = f"{each['median_relative_width_pct']:.0f} %"
        yield f"| {BUCKETS[each['bucket']]} | {_describe_windows(each)} | {width} |"


def describe_weeks(reports: Sequence[Report]) -> Iterator[str]:
    """Yield a table of windows without history, by length, for a week of each seed."""
    heads = "".join(f" seed {report['seed']}: n | WAPE | inside |" for report in reports)
    yield f"| length |{heads}"
    yield "|---|" + "---|---|---|" * len(reports)
    for bucket, name in enumerate(BUCKETS):
        cells = (_describe_windows(report["by_bucket"][bucket]) for report in reports)
        yield f"| {name} | {' | '.join(cells)} |"
    yield f"| all | {' | '.join(_describe_windows(report | {'n': report['scored']}) for report in reports)} |"


def describe_classes(reports: Sequence[Report]) -> Iterator[str]:
    """Yield a table of windows with and without the classes of vehicles."""
    yield "| legs | classes | n | WAPE | inside | lateness: Brier skill | first leg of a lane: MAE |"
    yield "|---|---|---|---|---|---|---|"
    for report in reports:
        windows = _describe_windows(report | {"n": report["scored"]})
        skill, mae_min = report["lateness"]["skill"], report["unseen"]["mae_min"]
        yield f"| {report['legs']} | {report['classes']} | {windows} | {skill:.3f} | {mae_min:.0f} min |"


def describe_lateness(reports: dict[str, Report]) -> Iterator[str]:
    """Yield the table of `delay_report` by seed; a figure that misses its goal is bold."""
    yield f"| measure, after the first day | goal | {' | '.join(f'seed {seed}' for seed in reports)} |"
    yield "|---|---|" + "---|" * len(reports)
    numbers = (f"{report['shipments']:,}; {100 * report['late_share']:.0f} %" for report in reports.values())
    yield f"| shipments; late | | {' | '.join(numbers)} |"
    for goal in GOALS:
        bound = f"{'at most' if goal.is_upper else 'at least'} {_format_goal(goal)}"
        cells = (_describe_figure(goal, report) for report in reports.values())
        yield f"| {goal.text} | {bound} | {' | '.join(cells)} |"


def describe_bound(report: Report, month: Report) -> Iterator[str]:
    """Yield the table of `scripts/bound_eta.py`, beside the error over the month."""
    best = f"{report['best_under_way_wape_pct']:.1f} %"
    ours = f"{report['ours_under_way_wape_pct']:.1f} %, {report['ours_to_best']:.2f} times the best"
    yield from ("| error (WAPE) | best predictor | ours |", "|---|---|---|")
    yield (
        f"| at departure | {report['best_at_departure_wape_pct']:.1f} % "
        f"| {month['wape_pct']:.1f} % over the month above |"
    )
    yield f"| under way, at any moment | {best} | {ours} |"
    rule = report["without_pace_under_way_wape_pct"]
    yield f"| under way, by the position alone with the lane's mean known | | {rule:.1f} % |"


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _describe_windows(each: Report) -> str:
    return f"{each['n']:,} | {each['wape_pct']:.1f} % | {each['coverage_pct']:.1f} %"


def _describe_figure(goal: Goal, report: Report) -> str:
    """Return a figure with its confidence interval, if it has one; a dash if it was not measured."""
    value = report.get(goal.name)
    if value is None:
        return "–"
    text = goal.form.format(value)
    if not goal.is_met(value):
        text = f"**{text}**"
    interval = report.get("intervals_90_pct", {}).get(goal.name)
    if interval is None:
        return text
    low, high = (goal.form.format(end) for end in interval)
    return f"{text} ({low} to {high})"


def _format_goal(goal: Goal) -> str:
    unit = " %" if goal.form.endswith("%") else ""
    return f"{goal.goal:g}{unit}" if unit else f"{goal.goal:.2f}"
