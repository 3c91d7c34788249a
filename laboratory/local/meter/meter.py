"""Measures a demo run: live figures while it runs, and the final report once all is processed."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from laboratory.local.meter.audit import count_events
from laboratory.local.meter.ledger import LedgerLine, LedgerReader
from laboratory.local.meter.live_table import LiveFigures
from laboratory.local.meter.messages import count_messages
from laboratory.local.meter.metric_lines import MetricLines
from laboratory.local.meter.report import Report, compute_percentiles
from laboratory.local.meter.screens import Screens
from laboratory.local.meter.tables import TableContents, Tables

DRAINED_WITHIN_S = 60.0
POLL_EVERY_S = 1.0
# Origins of events the product makes itself; the simulator's ledger does not list them.
OWN_ORIGINS = ("manifest", "system", "canary")


class Meter:
    """Measures one run from outside: by the simulator's ledger, the tables, the outbox and WebSockets.

    `since` is when the run began, aware UTC; `vehicles` is only passed on to the report.
    """

    def __init__(self, ledger: Path, log: Path, since: datetime, vehicles: int) -> None:
        self._reader = LedgerReader(ledger)
        self._lines: list[LedgerLine] = []
        self._metrics = MetricLines([log / "shards.log", log / "queues.log"], kept_metric="record_latency_ms")
        self._screens = Screens(settings.PUBLIC_URL)
        self._since = since
        self._vehicles = vehicles
        self._began = time.monotonic()

    def read_live_figures(self) -> LiveFigures:
        """Read what is new and return the current figures."""
        new_lines = self._reader.read_new()
        self._lines += new_lines
        self._screens.follow(new_lines)
        self._metrics.read_new()
        recorded = self._metrics.total("record_events", except_origins=OWN_ORIGINS)
        quarantined = self._metrics.total("decode_quarantined")
        done = recorded + quarantined + self._metrics.total("record_repeats")
        return LiveFigures(
            seconds=time.monotonic() - self._began,
            put=len(self._lines),
            recorded=recorded,
            quarantined=quarantined,
            waiting=max(0, len(self._lines) - done),
            published=self._metrics.total("publish_changes"),
            delivered=count_messages(self._since).delivered,
            to_recorded=compute_percentiles(self._metrics.newest),
            to_screen=compute_percentiles(self._screens.delays_ms),
        )

    def make_final_report(self, keep_alive: Callable[[], None]) -> Report:
        """Wait until all records are accounted for and notified, at most 60 s; return the run's report.

        `keep_alive` is called while waiting, since roles may still have to be restarted.
        """
        seconds = time.monotonic() - self._began
        tables = Tables(self._since)
        ends_at = time.monotonic() + DRAINED_WITHIN_S
        while True:
            self._lines += self._reader.read_new()
            report = self._make_report(tables.read_contents(), seconds, tables.count_shards())
            is_done = report.is_clean and tables.count_waiting() == 0
            if is_done or time.monotonic() > ends_at:
                return report
            pause_until = time.monotonic() + POLL_EVERY_S
            while time.monotonic() < pause_until:
                keep_alive()
                time.sleep(0.1)

    def close(self) -> None:
        """Close the sockets."""
        self._screens.close()

    def _make_report(self, contents: TableContents, seconds: float, shards: int) -> Report:
        return Report(
            events=count_events(self._lines, contents.stored),
            changes=contents.changes,
            messages=count_messages(self._since),
            to_recorded_ms=contents.delays_ms,
            to_screen_ms=self._screens.delays_ms,
            seconds=seconds,
            vehicles=self._vehicles,
            shards=shards,
        )
