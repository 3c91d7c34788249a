"""Alarms on the pipeline page: those that are on, the others, and the text of their runbooks."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.conf import settings

import workers.ports
from tests.staff import make_staff
from tests.workers.world import World
from tracking.domain.errors import TransientError
from workers.alarm_states import AlarmReport, AlarmState
from workers.runbooks import Block, Span, parse_runbook, read_runbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
PAGE, PART = "/ops/pipeline/", "/ops/pipeline/alarms/"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def make_state(name: str, state: str, reason: str) -> AlarmState:
    return AlarmState(name, state, NOON, reason, f"deploy/runbooks/{name}.md")


REPORT = AlarmReport(
    NOON,
    (
        make_state("table-throttled", "NO_SOURCE", "only AWS emits what it watches"),
        make_state("queue-age", "OK", "oldest is 2; on if above 60 in 3 of 3 minutes"),
        make_state("dead-letters", "ALARM", "depth is 1 (notify-dlq 1), above 0 over 1 minute"),
        make_state("canary-missing", "INSUFFICIENT_DATA", "fewest has been watched for less than 10 minutes"),
    ),
)


class Reported:
    """`AlarmStates` with one report."""

    def __init__(self, report: AlarmReport | None) -> None:
        self.report = report

    def read(self) -> AlarmReport | None:
        return self.report


class Away:
    """`AlarmStates` that cannot be reached."""

    def read(self):
        raise TransientError("away")


@pytest.fixture
def show(client):
    """A function that returns the text of the part for the given alarm states."""
    before = workers.ports.ports()
    world = World()
    client.force_login(make_staff())

    def read(alarms, path: str = PART) -> str:
        workers.ports.wire(replace(world.workers, alarms=alarms))
        answer = client.get(path)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).strip()

    yield read
    workers.ports.wire(before)


def test_alarms_that_are_on_come_first_with_the_way_to_their_runbook(show):
    assert show(Reported(REPORT)) == (
        "Alarms On dead-letters depth is 1 (notify-dlq 1), above 0 over 1 minute"
        " Since Sun 22 Nov, 17:30 · What to do about dead-letters"
        " The other 3 alarms Alarm State Since (IST) Reason"
        " canary-missing No data yet Sun 22 Nov, 17:30 fewest has been watched for less than 10 minutes"
        " queue-age Off Sun 22 Nov, 17:30 oldest is 2; on if above 60 in 3 of 3 minutes"
        " table-throttled No local source Sun 22 Nov, 17:30 only AWS emits what it watches"
    )


def test_the_part_says_so_if_no_alarm_is_on_and_if_nobody_evaluates_or_answers(show):
    calm = AlarmReport(NOON, REPORT.alarms[:2])
    assert show(Reported(calm)).startswith("Alarms No alarm is on. All 2 alarms")
    assert show(Reported(None)) == "Alarms Not evaluated: nothing evaluates the alarms here."
    assert show(Away()) == "Alarms The states of the alarms cannot be read. Retrying every 15 s."


def test_the_page_shows_the_alarms_and_its_part_answers_204_until_something_is_new(show, client):
    assert "Alarms On dead-letters" in show(Reported(REPORT), PAGE)
    (mark,) = re.findall(rf"{PART}\?seen=(\w+)", client.get(PAGE).content.decode())
    assert client.get(PART, {"seen": mark}).status_code == 204
    show(Reported(None))
    assert client.get(PART, {"seen": mark}).status_code == 200


def test_a_runbook_is_shown_and_one_that_does_not_exist_is_not_found(show, client):
    shown = show(Reported(None), "/ops/pipeline/runbooks/dead-letters")
    assert "Messages to recipients, webhooks, lists or incidents were given up after ten tries." in shown
    assert client.get("/ops/pipeline/runbooks/no-such-alarm").status_code == 404


def test_each_runbook_consists_of_what_the_page_can_show():
    folder = settings.BASE_DIR / "deploy" / "runbooks"
    for path in folder.glob("*.md"):
        headings = [
            block.lines[0][0].text for block in read_runbook(folder, path.stem) if block.kind == "heading"
        ]
        assert headings == ["See", "Do first", "Over when"], path.name


def test_a_runbook_is_taken_apart_into_blocks_and_spans():
    text = "# name\n\nWhat is.\n\n## See\n\n* one `code`\n* [two](queue-age.md)\n\n1. first\n2. second\n"
    assert parse_runbook(text) == (
        Block("paragraph", ((Span("text", "What is."),),)),
        Block("heading", ((Span("text", "See"),),)),
        Block("bullets", ((Span("text", "one "), Span("code", "code")), (Span("link", "two", "queue-age"),))),
        Block("steps", ((Span("text", "first"),), (Span("text", "second"),))),
    )


@pytest.mark.parametrize("name", ["../README", "", "Dead-letters", "a" * 100, "dead-letters.md"])
def test_only_the_name_of_a_runbook_reads_a_file(name):
    assert read_runbook(settings.BASE_DIR / "deploy" / "runbooks", name) is None
