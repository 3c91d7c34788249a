"""Draws a report's charts as SVG; the same report gives the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

HASH_SALT = "swiftlogix"
COLOURS = {"ours": "seagreen", "peer": "slategray", "control": "darkgray"}
ROW_INCHES = 0.42


def draw_charts(report: dict[str, Any], folder: Path) -> list[Path]:
    """Draw the rows with the report's first unit into `<bench>.svg`, its fits into `<bench>-fits.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [folder / f"{report['bench']}.svg"]
    _draw_rows(report, drawn[0])
    if report["fits"]:
        drawn.append(folder / f"{report['bench']}-fits.svg")
        _draw_fits(report["fits"], drawn[1])
    return drawn


def _draw_rows(report: dict[str, Any], path: Path) -> None:
    unit = report["rows"][0]["unit"]
    rows = [row for row in report["rows"] if row["unit"] == unit and row["samples"]][::-1]
    figure, axes = _new_figure(1, (9, 1.2 + ROW_INCHES * len(rows)))
    axis = axes[0]
    for height, row in enumerate(rows):
        colour = COLOURS[row["role"]]
        axis.barh(height, row["median"], height=0.55, color=colour, alpha=0.55)
        axis.plot(row["samples"], [height] * len(row["samples"]), "o", ms=3.5, color=colour)
        axis.annotate(
            _label(report, row), (row["max"], height), xytext=(6, 0), textcoords="offset points", va="center"
        )
    _shade_control(axis, report, rows)
    axis.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axis.set_xlim(0, max(row["max"] for row in rows) * 1.25)
    axis.set_xlabel(f"{unit} (bar: median, dots: rounds; less is better)")
    _save(figure, path)


def _label(report: dict[str, Any], row: dict[str, Any]) -> str:
    ratios = [ratio["median"] for ratio in report["ratios"] if ratio["peer"] == row["name"]]
    value = f"{row['median']:,.0f}" if row["median"] >= 100 else f"{row['median']:.3g}"
    return value + (f"  ({max(ratios):.3g} x)" if ratios else "")


def _shade_control(axis: Any, report: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Shade the noise range around the control's median."""
    medians = {row["name"]: row["median"] for row in rows}
    middle, spread = medians.get(report["control"]["a"]), report["control"]["spread_ratio"]
    if middle is not None:
        axis.axvspan(middle / spread, middle * spread, color="goldenrod", alpha=0.18, lw=0)


def _draw_fits(fits: Sequence[dict[str, Any]], path: Path) -> None:
    figure, axes = _new_figure(len(fits), (5 * len(fits), 3.6))
    for axis, fit in zip(axes, fits, strict=True):
        xs, ys = [x for x, _ in fit["points"]], [y for _, y in fit["points"]]
        ends = [0, max(xs)]
        axis.plot(xs, ys, "o", ms=3.5, color=COLOURS["ours"])
        axis.plot(ends, [fit["intercept"] + fit["slope"] * x for x in ends], color=COLOURS["peer"], lw=1)
        axis.set(xlabel=fit["x"], ylabel=fit["y"], xlim=(0, None), ylim=(0, max(ys) * 1.15))
        axis.set_title(f"R² = {fit['r2']:.5g}", fontsize=9)
    _save(figure, path)


def _new_figure(columns: int, size: tuple[float, float]) -> tuple[Any, Sequence[Any]]:
    # Only `--chart` needs matplotlib, and it takes a second to load.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams.update(
        {
            "svg.hashsalt": HASH_SALT,
            "svg.fonttype": "none",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(1, columns, figsize=size, squeeze=False)
    return figure, axes[0]


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    # Without a date and matplotlib's version the bytes depend on the report alone.
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    from matplotlib import pyplot as plt  # noqa: PLC0415

    plt.close(figure)
