"""Port of the reports in which each process of the workers says how its steps go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from workers.steps.meter import Step, StepFigures
from workers.steps.minutes import StepMinutes


class StepReport(msgspec.Struct):
    """Figures of a process for its last minute; it names every step that the process works on.

    `minutes` has the same steps by minutes of the clock, back to the start of the process.
    """

    reported_at: datetime
    steps: dict[Step, StepFigures]
    minutes: dict[Step, StepMinutes] = {}


class StepReports(Protocol):
    """Store of the newest report of each process. A lost report is replaced by the next one."""

    def keep(self, worker_id: str, report: StepReport) -> None:
        """Replace the report of a process. Raises `TransientError` when the store cannot be reached."""
        ...

    def read_all(self) -> Mapping[str, StepReport]:
        """Return the newest report of each process, also of ended ones, by the process's id.

        Raises `TransientError` when the store cannot be reached.
        """
        ...


class MemoryStepReports:
    """`StepReports` within one process."""

    def __init__(self) -> None:
        self._reports: dict[str, StepReport] = {}

    def keep(self, worker_id: str, report: StepReport) -> None:
        """Replace the report of a process."""
        self._reports[worker_id] = report

    def read_all(self) -> Mapping[str, StepReport]:
        """Return the newest report of each process."""
        return dict(self._reports)
