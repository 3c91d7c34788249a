"""Reporter: a thread that stores the figures of this process every few seconds."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from tracking.domain.errors import SwiftLogixError
from workers.steps.meter import Step, StepFigures, StepMeter
from workers.steps.minutes import MinuteSums
from workers.steps.ports import StepReport, StepReports

REPORT_EVERY_S = 5.0

log = structlog.get_logger()


class StepReporter:
    """Reports the steps that a process works on, until it is closed."""

    def __init__(
        self,
        meter: StepMeter,
        find_reports: Callable[[], StepReports],
        worker_id: str,
        steps: Sequence[Step],
    ) -> None:
        self._meter = meter
        self._find_reports = find_reports
        self._worker_id = worker_id
        self._steps = steps
        self._minutes = MinuteSums()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="step reporter", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread soon; the last report stays and gets old."""
        self._closing.set()

    def report(self, now: datetime) -> None:
        """Store the figures of the last minutes. Raises nothing when the store cannot be reached."""
        found = self._meter.read()
        steps: dict[Step, StepFigures] = {step: StepFigures() for step in self._steps} | found
        minutes = self._minutes.take(self._meter.read_totals(), steps, now)
        try:
            self._find_reports().keep(self._worker_id, StepReport(now, steps, minutes))
        except SwiftLogixError as error:
            log.warning("steps", outcome="not reported", error=str(error))

    def _run(self) -> None:
        while not self._closing.wait(REPORT_EVERY_S):
            try:
                self.report(datetime.now(UTC))
            except Exception:
                # Figures are for people; no error of theirs may end the thread.
                log.exception("steps", outcome="not reported")
