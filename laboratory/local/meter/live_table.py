"""Shows live figures of a run: a table that updates in place on a terminal, else a line every ten seconds."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.table import Table

from laboratory.local.start_message import Output

LINE_EVERY_S = 10.0
RANKS = ("p50", "p95", "p99")
Percentiles = Mapping[str, float | None]


class LiveFigures(NamedTuple):
    """Figures of a run while it goes on: counts from the roles' own metrics, delays in milliseconds.

    `waiting` are records put and not yet processed. Lost records are only known from the final report.
    """

    seconds: float
    put: int
    recorded: int
    quarantined: int
    waiting: int
    published: int
    delivered: int
    to_recorded: Percentiles
    to_screen: Percentiles


class LiveTable:
    """Shows live figures as they change."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._live = Live(console=Console(), auto_refresh=False) if output.isatty() else None
        self._line_at = time.monotonic() + LINE_EVERY_S
        if self._live:
            self._live.start()

    def show(self, figures: LiveFigures) -> None:
        """Show the newest figures."""
        if self._live:
            self._live.update(render_table(figures), refresh=True)
        elif time.monotonic() >= self._line_at:
            self._line_at += LINE_EVERY_S
            self._output.write(format_line(figures) + "\n")
            self._output.flush()

    def close(self) -> None:
        """Stop updating; the last table stays on the terminal."""
        if self._live:
            self._live.stop()


def render_table(figures: LiveFigures) -> Table:
    """Render the figures as a table of three parts: events, changes, delays in milliseconds."""
    table = Table(title=f"{figures.seconds:.0f} s", title_justify="left", show_edge=False, pad_edge=False)
    for column in ("events", "", "changes", "", "ms", *RANKS):
        table.add_column(column, justify="left" if column in ("events", "changes", "ms") else "right")
    delays = [
        [name, *(_ms(delay[rank]) for rank in RANKS)]
        for name, delay in (
            ("stream → recorded", figures.to_recorded),
            ("stream → screen", figures.to_screen),
        )
    ]
    table.add_row("put", str(figures.put), "published", str(figures.published), *delays[0])
    table.add_row("recorded", str(figures.recorded), "notified", str(figures.delivered), *delays[1])
    table.add_row("quarantined", str(figures.quarantined))
    table.add_row("waiting", str(figures.waiting))
    return table


def format_line(figures: LiveFigures) -> str:
    """Format the figures as one line."""
    delays = (("recorded", figures.to_recorded), ("screen", figures.to_screen))
    shown = "  ".join(
        f"{name} p50/p95/p99 {'/'.join(_ms(delay[rank]) for rank in RANKS)}" for name, delay in delays
    )
    return (
        f"{figures.seconds:5.0f} s  put {figures.put}  recorded {figures.recorded}"
        f"  quarantined {figures.quarantined}  waiting {figures.waiting}"
        f"  published {figures.published}  notified {figures.delivered}  {shown} ms"
    )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
