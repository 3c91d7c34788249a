"""Generates figures and plots of `docs/eta.md` and the legs fixture from a simulated month."""

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("BUILDING", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django  # noqa: E402 - the settings must be named before
import matplotlib as mpl  # noqa: E402

django.setup()
mpl.use("svg")

from matplotlib import pyplot as plt  # noqa: E402

from laboratory.evaluation.replay import Options, replay  # noqa: E402
from laboratory.evaluation.scores import score  # noqa: E402
from laboratory.simulator.fleet import FleetOptions  # noqa: E402
from laboratory.simulator.legs import draw_legs, write_legs  # noqa: E402
from laboratory.simulator.nation import load_nation  # noqa: E402
from laboratory.simulator.world import World  # noqa: E402
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore  # noqa: E402
from tracking.services.prediction.leg_files import RecordedLeg, read_legs  # noqa: E402

DOCUMENT = ROOT / "docs" / "eta.md"
FIXTURE = ROOT / "tests" / "fixtures" / "legs.csv"
# Midnight of a Monday in India.
STARTED_AT = 1_788_719_400.0
MONTH, FORTNIGHT, WEEK, SEED, PROMISE = 30.0, 14.0, 7.0, 1, 2.0
CLASSES = ("line_haul", "feeder")
BEGINS, ENDS = "<!-- drawn from here on -->", "<!-- to here -->"
BUCKETS = ("under 25 min", "25 to 60 min", "60 to 200 min", "over 200 min")
BLUE, GREY, RED = "C0", "0.5", "C3"
# Name of the legs, and their scores with and without classes.
ComparedLegs = tuple[str, dict[str, Any], dict[str, Any]]


def main() -> None:
    """Write the fixture, replay the month, and write plots and figures; the same bytes every time."""
    mpl.rcParams |= {"svg.hashsalt": "swiftlogix", "font.size": 10, "axes.spines.top": False}
    mpl.rcParams |= {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}
    world, fleet_options = load_nation(), FleetOptions(500, seed=SEED, mode="full")
    FIXTURE.parent.mkdir(exist_ok=True)
    write_legs(FIXTURE, draw_legs(world, fleet_options, STARTED_AT, WEEK))
    month = simulate_legs(world, fleet_options, MONTH)
    report = score_legs(month)
    mixed = simulate_legs(add_second_class(world), fleet_options, FORTNIGHT)
    classes = [
        ("one class on each lane, 30 days", report, score_legs(leave_out_classes(month))),
        ("two classes on each lane, 14 days", score_legs(mixed), score_legs(leave_out_classes(mixed))),
    ]
    draw_calibration(report["lateness"]["bins"])
    draw_error_by_length(report["by_bucket"])
    draw_coverage_by_day(report["by_day"])
    write_document(report, classes)


def simulate_legs(world: World, fleet_options: FleetOptions, days: float) -> list[RecordedLeg]:
    """Return the legs that the national fleet drives in so many days."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "legs.csv"
        write_legs(path, draw_legs(world, fleet_options, STARTED_AT, days))
        return read_legs(path)


def add_second_class(world: World) -> World:
    """Return the world in which vehicles of both classes drive each lane, each at the pace of its class."""
    return replace(
        world, lanes=tuple(replace(lane, vehicle_class=name) for lane in world.lanes for name in CLASSES)
    )


def leave_out_classes(legs: list[RecordedLeg]) -> list[RecordedLeg]:
    """Return the legs as if no vehicle had a class."""
    return [leg._replace(profile=leg.profile.of_all_classes) for leg in legs]


def score_legs(legs: list[RecordedLeg]) -> dict[str, Any]:
    """Replay legs without history; return the scores."""
    return score(replay(MemoryLaneStatisticsStore(), legs, Options(promise_factor=PROMISE)))


def draw_calibration(bins: list[dict[str, Any]]) -> None:
    """Draw the share of late legs over the predicted chance of lateness."""
    filled = [each for each in bins if each["n"]]
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    sizes = [8 + each["n"] / 20 for each in filled]
    axes.scatter([each["p"] for each in filled], [each["late"] for each in filled], sizes, color=BLUE)
    axes.set(xlabel="said chance of lateness", ylabel="share that was late", xlim=(0, 1), ylim=(0, 1))
    save(figure, "eta-calibration")


def draw_error_by_length(buckets: list[dict[str, Any]]) -> None:
    """Draw error and width of the windows by the length of the leg."""
    figure, axes = plt.subplots(figsize=(6, 3.5))
    names = [BUCKETS[each["bucket"]] for each in buckets]
    places = range(len(names))
    axes.bar([x - 0.2 for x in places], [each["wape_pct"] for each in buckets], 0.38, color=BLUE)
    axes.bar(
        [x + 0.2 for x in places], [each["median_relative_width_pct"] for each in buckets], 0.38, color=GREY
    )
    axes.set_xticks(list(places), names)
    axes.set(ylabel="%", xlabel="free-flow time of the leg")
    axes.legend(["WAPE", "median width"], frameon=False)
    save(figure, "eta-error-by-length")


def draw_coverage_by_day(days: list[dict[str, Any]]) -> None:
    """Draw the share of arrivals inside their window by day, starting without any history."""
    figure, axes = plt.subplots(figsize=(7, 3.2))
    axes.axhspan(74, 88, color=GREY, alpha=0.2, linewidth=0)
    axes.plot(range(1, len(days) + 1), [day["coverage_pct"] for day in days], color=BLUE, marker="o")
    axes.axhline(80, color=RED, linewidth=1, linestyle="--")
    axes.set(xlabel="day", ylabel="inside P10 to P90, %", ylim=(50, 100))
    save(figure, "eta-coverage-by-day")


def save(figure: Any, name: str) -> None:
    """Write a figure as SVG without a date."""
    folder = DOCUMENT.parent / "img"
    folder.mkdir(exist_ok=True)
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def write_document(report: dict[str, Any], classes: list[ComparedLegs]) -> None:
    """Replace the text between the document's marks by the figures."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGINS)
    after = rest.partition(ENDS)[2]
    drawn = "\n".join([BEGINS, "", *_describe(report), "", *_compare(classes), "", ENDS])
    DOCUMENT.write_text(before + drawn + after, encoding="utf-8")


def _compare(classes: list[ComparedLegs]) -> list[str]:
    """Return the table of replays with and without vehicle classes."""
    rows = [
        f"| {name} | {label} | {report['scored']:,} | {report['wape_pct']:.1f} % "
        f"| {report['coverage_pct']:.1f} % | {report['lateness']['skill']:.3f} "
        f"| {report['unseen']['mae_min']:.0f} min |"
        for name, with_classes, without in classes
        for label, report in (("used", with_classes), ("left out", without))
    ]
    head = "| legs | classes | n | WAPE | inside | lateness: Brier skill | first leg of a lane: MAE |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def _describe(report: dict[str, Any]) -> list[str]:
    lateness = report["lateness"]
    rows = [
        ("legs scored", f"{report['scored']:,}"),
        ("error: WAPE", f"{report['wape_pct']:.1f} %"),
        ("better than the running constant factor by (MAE)", f"{report['gain_pct']:.0f} %"),
        ("inside P10 to P90", f"{report['coverage_pct']:.1f} %"),
        ("median relative width", f"{report['median_relative_width_pct']:.0f} %"),
        (f"lateness at {PROMISE:g} x free flow: late", f"{100 * lateness['base_rate']:.0f} %"),
        ("lateness: Brier skill at dispatch", f"{lateness['skill']:.2f}"),
        ("lateness: calibration error", f"{lateness['ece']:.3f}"),
    ]
    table = ["| measure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    lengths = ["| length | n | WAPE | inside | width |", "|---|---|---|---|---|"]
    lengths += [
        f"| {BUCKETS[each['bucket']]} | {each['n']:,} | {each['wape_pct']:.1f} % "
        f"| {each['coverage_pct']:.1f} % | {each['median_relative_width_pct']:.0f} % |"
        for each in report["by_bucket"]
    ]
    return [*table, "", *lengths]


if __name__ == "__main__":
    if sys.argv[1:] == ["--help"]:
        sys.stdout.write(f"{__doc__}\n")
    elif sys.argv[1:]:
        sys.exit(f"draw_eta.py takes no arguments; got {json.dumps(sys.argv[1:])}")
    else:
        main()
