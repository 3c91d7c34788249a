"""`manage.py alarms`: states in words and as JSON, past moments, exit codes."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from laboratory.alarms.log_files import MetricValues, write_line
from laboratory.alarms.model import SeriesKey

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DEAD = SeriesKey(
    "AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", "swiftlogix-local-ops-dlq"),)
)


# Of each minute before noon, but for the dead letter: all is well.
HEALTHY = [
    (SeriesKey("SwiftLogix", "shards_unread"), 0.0),
    (SeriesKey("SwiftLogix", "shards_open"), 2.0),
    (SeriesKey("SwiftLogix", "record_events", (("origin", "device"),)), 5.0),
    *(
        (SeriesKey("SwiftLogix", "deliver_canary", (("queue", queue),)), 1.0)
        for queue in ("readmodel", "notify", "ops", "learning", "webhooks")
    ),
]


@pytest.fixture
def folder(tmp_path) -> Path:
    """A log of twenty minutes with a dead letter in the last one."""
    minutes = [NOON.timestamp() - 60 * number for number in range(1, 21)]
    values = [MetricValues(series, at_s, [value]) for at_s in minutes for series, value in HEALTHY]
    values.append(MetricValues(DEAD, NOON.timestamp() - 30, [2.0]))
    (tmp_path / "queues.log").write_text("".join(map(write_line, values)))
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out = StringIO()
    try:
        call_command("alarms", *words, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_alarms_that_are_on_are_named_with_reason_and_runbook_and_the_exit_code_is_one(folder):
    code, printed = run("--log", str(folder), "--at", "2026-11-22T12:00:00Z")
    first, second, *_, last = printed.splitlines()
    assert (code, first.split(maxsplit=2)) == (
        1,
        ["ALARM", "dead-letters", "depth is 2 (ops-dlq 2), above 0 over 1 minute"],
    )
    assert (second.strip(), last) == (
        "deploy/runbooks/dead-letters.md",
        f"1 of {len(printed.splitlines()) - 2} alarms on at 2026-11-22 12:00:00 UTC",
    )


def test_the_exit_code_is_zero_while_no_alarm_is_on(folder):
    code, printed = run("--log", str(folder), "--at", "2026-11-22T11:58:00Z")
    assert (code, "ALARM" in printed) == (0, False)


def test_json_is_one_object_with_all_alarms(folder):
    code, printed = run("--log", str(folder), "--at", "2026-11-22T12:00:00Z", "--json")
    (line,) = printed.splitlines()
    report = json.loads(line)
    (dead,) = [alarm for alarm in report["alarms"] if alarm["name"] == "dead-letters"]
    assert (code, report["evaluated_at"], dead) == (
        1,
        "2026-11-22T12:00:00Z",
        {
            "name": "dead-letters",
            "state": "ALARM",
            "since": "2026-11-22T12:00:00Z",
            "reason": "depth is 2 (ops-dlq 2), above 0 over 1 minute",
            "runbook": "deploy/runbooks/dead-letters.md",
        },
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--at", "noon"], "--at noon: not a time with its zone"),
        (["--at", "2026-11-22T12:00:00"], "not a time with its zone"),
        (["--at", "2026-13-22T12:00:00Z"], "not a time with its zone"),
        (["--at", "2026-11-22T12:00:00Z", "--watch"], "exclude each other"),
    ],
)
def test_bad_input_is_named_and_the_exit_code_is_two(folder, words, message):
    with pytest.raises(CommandError, match=message) as refused:
        run("--log", str(folder), *words)
    assert refused.value.returncode == 2


def test_without_logs_the_command_says_what_to_start(tmp_path):
    with pytest.raises(CommandError, match="start `make demo`") as refused:
        run("--log", str(tmp_path))
    assert refused.value.returncode == 2
