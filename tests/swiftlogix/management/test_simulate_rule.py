"""Command that simulates a day under a changed rule."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

import tracking.ports
from notifications.models import Delivery
from tests.notifications.stories import NOON, book
from tests.workers.world import World
from tracking.domain.events import format_time
from tracking.models import FeedEntry, Partner

pytestmark = pytest.mark.django_db
DAY = "2026-11-24"


@pytest.fixture
def day(time_machine):
    """Record a delivery of shipment 123 at noon, with its entry in the feed."""
    time_machine.move_to(NOON, tick=False)
    before = tracking.ports.ports()
    world = World()
    tracking.ports.wire(world.tracking)
    book()
    for minute, status in enumerate(("out_for_delivery", "delivered")):
        report = {
            "shipment_id": "123",
            "status": status,
            "timestamp": format_time(NOON + timedelta(minutes=minute - 2)),
        }
        world.stream.put([("123", json.dumps(report).encode())])
    shard_id = world.stream.list_shards()[0].shard_id
    world.process(world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=10).records)
    FeedEntry.objects.create(
        partner=Partner.objects.get(),
        livemode=True,
        number=1,
        change_id="chg_1",
        type="status_changed",
        shipment_id="123",
        body="{}",
        created_at=NOON,
    )
    yield world
    tracking.ports.wire(before)


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("simulate_rule", DAY, *arguments, stdout=output)
    return output.getvalue()


def test_the_report_compares_a_changed_rule_with_the_rules_in_force(day):
    report = json.loads(run("--send", "sms:delivered", "--json"))
    assert (report["day"], report["changes"], report["sent"]) == (
        DAY,
        2,
        {"in_force": {"sms": 1, "email": 2}, "changed": {"sms": 2, "email": 2}},
    )
    assert {
        "transport": "sms",
        "trigger": "delivered",
        "action": "suppress",
        "reason": "transport_disabled",
        "in_force": 1,
        "changed": 0,
    } in report["outcomes"]
    assert Delivery.objects.count() == 0


def test_a_rule_from_a_file_is_laid_under_the_options(day, tmp_path):
    rule = tmp_path / "rule.json"
    rule.write_text('{"skips": {"email": ["delivered"]}, "late_limits": {"delivered": 0}}')
    report = json.loads(run("--rule", str(rule), "--late-limit", "delivered:360", "--json"))
    assert report["sent"]["changed"] == {"sms": 1, "email": 1}


def test_the_text_has_a_line_for_each_outcome(day):
    lines = run("--budget", "sms:0").splitlines()
    assert lines[0] == f"2 changes on {DAY}"
    assert "sms        out_for_delivery       suppress budget                     0        1" in lines


def test_a_day_on_which_nothing_changed_has_no_outcomes(day):
    output = StringIO()
    call_command("simulate_rule", "2026-11-23", "--json", stdout=output)
    assert json.loads(output.getvalue()) == {
        "day": "2026-11-23",
        "changes": 0,
        "sent": {"in_force": {}, "changed": {}},
        "outcomes": [],
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--send", "sms"], "not of the form NAME:VALUE: sms"),
        (["--budget", "sms:many"], "not a number: 'many'"),
        (["--skip", "pigeon:delayed"], "unknown transport: pigeon"),
        (["--quiet-hours", "late"], "quiet hours are written as"),
        (["--rule", "no/such/file.json"], "No such file"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(arguments, said):
    with pytest.raises(CommandError, match=said):
        run(*arguments)
