"""Generates figures and plots of `docs/eta.md`, and the legs fixture, from simulated legs.

Usage: draw_eta.py [--text]. With --text it only writes the figures again, from the results in
`docs/measured/`.
"""

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

from laboratory.evaluation.eta_document import (  # noqa: E402
    BUCKETS,
    CLASSES,
    MONTH,
    PROMISE_FACTOR,
    WEEKS,
    write_figures,
    write_result,
)
from laboratory.evaluation.replay import Options, replay  # noqa: E402
from laboratory.evaluation.scores import score  # noqa: E402
from laboratory.simulator.fleet import FleetOptions  # noqa: E402
from laboratory.simulator.legs import draw_legs, write_legs  # noqa: E402
from laboratory.simulator.nation import load_nation  # noqa: E402
from laboratory.simulator.world import World  # noqa: E402
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore  # noqa: E402
from tracking.services.prediction.leg_files import RecordedLeg, read_legs  # noqa: E402

DOCUMENT, MEASURED = ROOT / "docs" / "eta.md", ROOT / "docs" / "measured"
FIXTURE = ROOT / "tests" / "fixtures" / "legs.csv"
# Midnight of a Monday in India.
STARTED_AT = 1_788_719_400.0
MONTH_DAYS, WEEK_DAYS = 30.0, 7.0
# The first seed is that of the fixture and of the month; no part of the prediction was tuned on the other.
SEEDS = (1, 7)
MIXED_DAYS = 14.0
VEHICLE_CLASSES = ("line_haul", "feeder")
BLUE, GREY, RED = "C0", "0.5", "C3"


def main() -> None:
    """Write the fixture, replay the month, and write plots and figures; the same bytes every time."""
    mpl.rcParams |= {"svg.hashsalt": "swiftlogix", "font.size": 10, "axes.spines.top": False}
    mpl.rcParams |= {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}
    draw_week(FIXTURE, SEEDS[0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_week(folder / "week.csv", SEEDS[1])
        weeks = [
            {"seed": seed} | measure(path, Options())
            for seed, path in zip(SEEDS, (FIXTURE, folder / "week.csv"), strict=True)
        ]
        write_legs(
            folder / "month.csv", draw_legs(load_nation(), make_fleet(SEEDS[0]), STARTED_AT, MONTH_DAYS)
        )
        month = measure(folder / "month.csv", Options(promise_factor=PROMISE_FACTOR))
    write_result(MEASURED / WEEKS, weeks)
    write_result(MEASURED / MONTH, month)
    write_result(MEASURED / CLASSES, compare_classes())
    draw_calibration(month["lateness"]["bins"])
    draw_error_by_length(month["by_bucket"])
    draw_coverage_by_day(month["by_day"])
    write_figures(DOCUMENT, MEASURED)


def make_fleet(seed: int) -> FleetOptions:
    """Return the options of the national fleet."""
    return FleetOptions(500, seed=seed, mode="full")


def draw_week(path: Path, seed: int) -> None:
    """Write the legs of a week of the national fleet."""
    path.parent.mkdir(exist_ok=True)
    write_legs(path, draw_legs(load_nation(), make_fleet(seed), STARTED_AT, WEEK_DAYS))


def compare_classes() -> list[dict[str, Any]]:
    """Return the scores of legs with and without the classes of their vehicles."""
    world = load_nation()
    sides = []
    for name, driven, days in (
        ("one class on each lane, 30 days", world, MONTH_DAYS),
        ("two classes on each lane, 14 days", add_second_class(world), MIXED_DAYS),
    ):
        legs = simulate_legs(driven, days)
        sides += [
            {"legs": name, "classes": "used"} | score_legs(legs),
            {"legs": name, "classes": "left out"} | score_legs(leave_out_classes(legs)),
        ]
    return sides


def simulate_legs(world: World, days: float) -> list[RecordedLeg]:
    """Return the legs that the national fleet drives in so many days."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "legs.csv"
        write_legs(path, draw_legs(world, make_fleet(SEEDS[0]), STARTED_AT, days))
        return read_legs(path)


def add_second_class(world: World) -> World:
    """Return the world in which vehicles of both classes drive each lane, each at the pace of its class."""
    lanes = (replace(lane, vehicle_class=name) for lane in world.lanes for name in VEHICLE_CLASSES)
    return replace(world, lanes=tuple(lanes))


def leave_out_classes(legs: list[RecordedLeg]) -> list[RecordedLeg]:
    """Return the legs as if no vehicle had a class."""
    return [leg._replace(profile=leg.profile.of_all_classes) for leg in legs]


def score_legs(legs: list[RecordedLeg]) -> dict[str, Any]:
    """Replay legs without history; return the figures that are compared."""
    report = score(replay(MemoryLaneStatisticsStore(), legs, Options(promise_factor=PROMISE_FACTOR)))
    return {name: report[name] for name in ("scored", "wape_pct", "coverage_pct", "lateness", "unseen")}


def measure(path: Path, options: Options) -> dict[str, Any]:
    """Return the figures of a file of legs that differ by the legs alone: without the time it took."""
    report = score(replay(MemoryLaneStatisticsStore(), read_legs(path), options))
    return {name: value for name, value in report.items() if not name.startswith("us_per_")}


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


if __name__ == "__main__":
    if sys.argv[1:] == ["--help"]:
        sys.stdout.write(f"{__doc__}\n")
    elif sys.argv[1:] == ["--text"]:
        write_figures(DOCUMENT, MEASURED)
    elif sys.argv[1:]:
        sys.exit(f"draw_eta.py takes --text or nothing; got {json.dumps(sys.argv[1:])}")
    else:
        main()
