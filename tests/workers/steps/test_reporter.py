"""Reporter: a report names the steps of its process, and a store that is away ends nothing."""

from datetime import UTC, datetime

from tracking.domain.errors import TransientError
from tracking.histograms import find_bucket
from workers.steps.meter import SLOT_S, StepFigures, StepMeter
from workers.steps.minutes import StepMinutes, find_minute
from workers.steps.ports import MemoryStepReports, StepReport
from workers.steps.reporter import StepReporter

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


class AwayReports(MemoryStepReports):
    def keep(self, worker_id, report):
        raise TransientError("away")


def test_a_report_has_every_step_of_its_process_and_what_else_it_did():
    times = iter([0.0, 1.0, SLOT_S + 2])
    meter, reports = StepMeter(lambda: next(times)), MemoryStepReports()
    meter.add("deliver", 0.05)
    meter.add("publish", 0.05)
    StepReporter(meter, lambda: reports, "host:1:a", ("deliver", "push")).report(NOW)
    figures = StepFigures(1, 0, {find_bucket(50): 1})
    one, none = (StepMinutes(find_minute(NOW), [count], [0]) for count in (1, 0))
    expected = StepReport(
        NOW,
        {"deliver": figures, "push": StepFigures(), "publish": figures},
        {"deliver": one, "push": none, "publish": one},
    )
    assert reports.read_all() == {"host:1:a": expected}


def test_a_store_that_is_away_raises_nothing():
    StepReporter(StepMeter(), AwayReports, "host:1:a", ("push",)).report(NOW)
