"""Lines of the steps: sums of all processes, whole minutes alone, and nothing that nobody has reported."""

from datetime import UTC, datetime, timedelta

from workers.step_lines import NO_LINE, StepLine, draw_step_line
from workers.steps.minutes import MINUTES_SHOWN, StepMinutes, find_minute
from workers.steps.ports import StepReport

NOW = datetime(2026, 11, 22, 7, 0, 30, tzinfo=UTC)
LAST = find_minute(NOW)


def report(items, errors=None, last=LAST, age=timedelta()):
    minutes = StepMinutes(last, items, errors or [0] * len(items))
    return StepReport(NOW - age, {}, {"push": minutes})


def test_the_line_adds_up_all_processes_also_ended_ones_without_the_minute_under_way():
    # One was started ten minutes ago; the other had ended by then.
    running = report([60, 120, 60, 60, 60, 60, 60, 60, 60, 60, 9999], [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9])
    ended = report([600, 600, 60], last=LAST - 9, age=timedelta(minutes=9))
    assert draw_step_line("push", [running, ended], NOW) == StepLine(
        rate="M4 3.5h0L5 2.0L6 13.6L7 16.5L8 16.5L9 16.5L10 16.5L11 16.5L12 16.5L13 16.5L14 16.5",
        errors="M4 18.0h0L5 18.0L6 18.0L7 2.0L8 18.0L9 18.0L10 18.0L11 18.0L12 18.0L13 18.0L14 18.0",
        lowest=1.0,
        highest=11.0,
        most_errors=2,
    )


def test_a_line_has_no_errors_where_there_were_none():
    line = draw_step_line("push", [report([60] * 6)], NOW)
    assert (line.errors, line.most_errors, line.lowest, line.highest) == ("", 0, 1.0, 1.0)


def test_fewer_than_five_whole_minutes_and_other_steps_are_no_line():
    assert draw_step_line("push", [report([60] * 5)], NOW) == NO_LINE
    assert draw_step_line("read", [report([60] * 9)], NOW) == NO_LINE
    # As a process of the release before reports.
    assert draw_step_line("push", [StepReport(NOW, {})], NOW) == NO_LINE


def test_minutes_before_the_shown_ones_do_not_count():
    old = report([60] * 16, last=LAST - MINUTES_SHOWN - 1)
    assert draw_step_line("push", [old], NOW) == NO_LINE
