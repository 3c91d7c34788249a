"""The live table: on a terminal one that changes in place, elsewhere a line every ten seconds."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.table import Table

from laboratory.local.announcement import Output

LINE_EVERY_S = 10.0
RANKS = ("p50", "p95", "p99")
Percentiles = Mapping[str, float | None]


class Glance(NamedTuple):
    """What is known while the run goes on: counts by the roles' own word, delays in milliseconds.

    `waiting` are records put and not yet done; what is lost is only known when the tables have been read.
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
    """Shows glances as they come."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._live = Live(console=Console(), auto_refresh=False) if output.isatty() else None
        self._line_at = time.monotonic() + LINE_EVERY_S
        if self._live:
            self._live.start()

    def show(self, glance: Glance) -> None:
        """Show the newest glance."""
        if self._live:
            self._live.update(draw(glance), refresh=True)
        elif time.monotonic() >= self._line_at:
            self._line_at += LINE_EVERY_S
            self._output.write(write_line(glance) + "\n")
            self._output.flush()

    def close(self) -> None:
        """Leave the last table where it is."""
        if self._live:
            self._live.stop()


def draw(glance: Glance) -> Table:
    """The glance as a table of three parts: events, changes, delays in milliseconds."""
    table = Table(title=f"{glance.seconds:.0f} s", title_justify="left", show_edge=False, pad_edge=False)
    for column in ("events", "", "changes", "", "ms", *RANKS):
        table.add_column(column, justify="left" if column in ("events", "changes", "ms") else "right")
    delays = [
        [name, *(_ms(delay[rank]) for rank in RANKS)]
        for name, delay in (("stream → recorded", glance.to_recorded), ("stream → screen", glance.to_screen))
    ]
    table.add_row("put", str(glance.put), "published", str(glance.published), *delays[0])
    table.add_row("recorded", str(glance.recorded), "told", str(glance.delivered), *delays[1])
    table.add_row("quarantined", str(glance.quarantined))
    table.add_row("waiting", str(glance.waiting))
    return table


def write_line(glance: Glance) -> str:
    """The glance as one line."""
    delays = (("recorded", glance.to_recorded), ("screen", glance.to_screen))
    shown = "  ".join(
        f"{name} p50/p95/p99 {'/'.join(_ms(delay[rank]) for rank in RANKS)}" for name, delay in delays
    )
    return (
        f"{glance.seconds:5.0f} s  put {glance.put}  recorded {glance.recorded}"
        f"  quarantined {glance.quarantined}  waiting {glance.waiting}"
        f"  published {glance.published}  told {glance.delivered}  {shown} ms"
    )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
