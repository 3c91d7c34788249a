"""Reporter: a thread that stores the latency figures of this process every few seconds."""

import threading
from collections.abc import Callable

import structlog

from tracking.domain.errors import SwiftLogixError
from tracking.receipt_ports import ReceiptStore
from tracking.receipts import ReceiptMeter

REPORT_EVERY_S = 10.0

log = structlog.get_logger()


class ReceiptReporter:
    """Stores what the meter has added up, until it is closed, and once more then."""

    def __init__(self, meter: ReceiptMeter, find_store: Callable[[], ReceiptStore], process_id: str) -> None:
        """Report the figures of `meter` under an id that no other process has, also none of another host."""
        self._meter = meter
        self._find_store = find_store
        self._process_id = process_id
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receipt reporter", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, and store what it has not stored yet."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)
        self.report()

    def report(self) -> None:
        """Store the changed slots. Without the store they are kept for the next call; raises nothing."""
        figures = self._meter.take_changed()
        if not figures:
            return
        try:
            self._find_store().keep(self._process_id, figures)
        except SwiftLogixError as error:
            self._meter.give_back(figures)
            log.warning("receipts", outcome="not reported", error=str(error))

    def _run(self) -> None:
        while not self._closing.wait(REPORT_EVERY_S):
            try:
                self.report()
            except Exception:
                # Figures are for people; no error of theirs may end the thread.
                log.exception("receipts", outcome="not reported")
