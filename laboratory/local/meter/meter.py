"""The meter: follows a demo while it runs, waits until all is done, and writes what came of it."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from laboratory.local.meter.audit import count_events
from laboratory.local.meter.ledger import LedgerLine, LedgerReader
from laboratory.local.meter.live_table import Glance
from laboratory.local.meter.messages import count_told
from laboratory.local.meter.metric_lines import MetricLines
from laboratory.local.meter.report import Report, summarise
from laboratory.local.meter.screens import Screens
from laboratory.local.meter.tables import Books, Tables

DRAINED_WITHIN_S = 60.0
LOOK_EVERY_S = 1.0
# The product's own records: no vehicle and no partner put them, so no ledger holds them.
OURS = ("manifest", "system")


class Meter:
    """Measures one run from outside: by the fleet's ledger, the tables, the outbox and real sockets.

    `since` is when the run began, aware UTC; `vehicles` goes into the report as it is.
    """

    def __init__(self, ledger: Path, log: Path, since: datetime, vehicles: int) -> None:
        self._reader = LedgerReader(ledger)
        self._lines: list[LedgerLine] = []
        self._metrics = MetricLines([log / "shards.log", log / "queues.log"], kept="record_latency_ms")
        self._screens = Screens(settings.PUBLIC_URL)
        self._since = since
        self._vehicles = vehicles
        self._began = time.monotonic()

    def look(self) -> Glance:
        """Take in what is new; what is known by now."""
        fresh = self._reader.read_new()
        self._lines += fresh
        self._screens.look_at(fresh)
        self._metrics.read_new()
        recorded = self._metrics.total("record_events", but_of=OURS)
        quarantined = self._metrics.total("decode_quarantined")
        done = recorded + quarantined + self._metrics.total("record_repeats")
        return Glance(
            seconds=time.monotonic() - self._began,
            put=len(self._lines),
            recorded=recorded,
            quarantined=quarantined,
            waiting=max(0, len(self._lines) - done),
            published=self._metrics.total("publish_changes"),
            delivered=count_told(self._since).delivered,
            to_recorded=summarise(self._metrics.newest),
            to_screen=summarise(self._screens.delays_ms),
        )

    def make_snapshot(self, keep_alive: Callable[[], None]) -> Report:
        """Wait until all that was put is accounted for and told, 60 s at most; the report of the run.

        `keep_alive` is called between two looks, since roles may still have to be started again.
        """
        seconds = time.monotonic() - self._began
        tables = Tables(self._since)
        ends_at = time.monotonic() + DRAINED_WITHIN_S
        while True:
            self._lines += self._reader.read_new()
            report = self._write(tables.read_books(), seconds, tables.count_shards())
            is_done = report.is_clean and tables.count_waiting() == 0
            if is_done or time.monotonic() > ends_at:
                return report
            pause_until = time.monotonic() + LOOK_EVERY_S
            while time.monotonic() < pause_until:
                keep_alive()
                time.sleep(0.1)

    def close(self) -> None:
        """Close the sockets."""
        self._screens.close()

    def _write(self, books: Books, seconds: float, shards: int) -> Report:
        return Report(
            events=count_events(self._lines, books.kept),
            changes=books.changes,
            told=count_told(self._since),
            to_recorded_ms=books.delays_ms,
            to_screen_ms=self._screens.delays_ms,
            seconds=seconds,
            vehicles=self._vehicles,
            shards=shards,
        )
