"""`manage.py leases` and `manage.py quarantine`, with text and JSON output."""

import base64
import json

import pytest
from django.core.management import CommandError, call_command

import tracking.ports
import workers.ports
from tests.workers.records import make_record
from tests.workers.world import World
from workers.leases.ports import Phase
from workers.ports import Refusal

DAY = "2026-11-22"


@pytest.fixture
def world():
    before = tracking.ports.ports(), workers.ports.ports()
    world = World()
    tracking.ports.wire(world.tracking)
    workers.ports.wire(world.workers)
    yield world
    tracking.ports.wire(before[0])
    workers.ports.wire(before[1])


def run(capsys, *words: str) -> str:
    call_command(*words)
    return capsys.readouterr().out


def set_aside(world: World, number: int, raw: bytes = b"?", reason: str = "undecodable") -> str:
    record = make_record(number, raw)
    world.workers.quarantine.put([Refusal(record, reason, "why not")])
    return f"{DAY}/shardId-000000000000#{record.stream_position}"


def halt(world: World) -> str:
    taken = world.leases.take(world.lease(), "host:1:a")
    world.leases.release(taken._replace(phase=Phase.HALTED, halt_reason="KeyError on 11 records"))
    return taken.entry.removeprefix("shard#")


def test_leases_are_listed_as_a_table_and_as_one_json_object(world, capsys):
    world.leases.take(world.lease(), "host:1:a")
    capsys.readouterr()
    lines = run(capsys, "leases", "list").splitlines()
    assert lines[0].split() == ["entry", "phase", "owner", "epoch", "behind", "ms", "checkpoint"]
    assert lines[1].split() == ["shard#shardId-000000000000", "open", "host:1:a", "1", "0", "-"]
    printed = json.loads(run(capsys, "leases", "list", "--json"))
    (lease,) = printed["leases"]
    assert (lease["entry"], lease["owner_id"], lease["epoch"]) == (world.lease().entry, "host:1:a", 1)
    assert printed["workers"] == []


def test_a_halted_shard_is_resumed_and_its_reason_printed(world, capsys):
    shard_id = halt(world)
    capsys.readouterr()
    assert "halted (KeyError on 11 records)" in run(capsys, "leases", "list")
    printed = json.loads(run(capsys, "leases", "resume", shard_id, "--json"))
    assert printed == {"shard_id": shard_id, "phase": "open", "was_halted_for": "KeyError on 11 records"}
    assert world.lease().phase is Phase.OPEN


@pytest.mark.parametrize(
    ("shard_id", "why"), [("shardId-9", "no lease"), ("shardId-000000000000", "not halted")]
)
def test_a_shard_that_is_not_halted_cannot_be_resumed(world, shard_id, why):
    with pytest.raises(CommandError, match=why):
        call_command("leases", "resume", shard_id)


def test_quarantine_is_listed_by_newest_and_by_day(world, capsys):
    quarantine_id = set_aside(world, 7)
    capsys.readouterr()
    printed = json.loads(run(capsys, "quarantine", "list", "--day", DAY, "--json"))
    assert [(one["quarantine_id"], one["reason"]) for one in printed["records"]] == [
        (quarantine_id, "undecodable")
    ]
    assert run(capsys, "quarantine", "list", "--day", "2026-11-21").splitlines() == ["0 records"]


def test_a_record_is_shown_with_its_bytes(world, capsys):
    quarantine_id = set_aside(world, 7, b"\xff raw")
    capsys.readouterr()
    assert run(capsys, "quarantine", "show", quarantine_id).splitlines()[-1] == "\\xff raw"
    printed = json.loads(run(capsys, "quarantine", "show", quarantine_id, "--json"))
    assert (printed["reason"], base64.b64decode(printed["raw_base64"])) == ("undecodable", b"\xff raw")
    for missing in ("2026-11-22/nothing#1", "nonsense", ""):
        with pytest.raises(CommandError, match="There is no record"):
            call_command("quarantine", "show", missing)


def test_a_whole_day_is_replayed_and_the_command_fails_if_a_record_stays(world, capsys):
    good = set_aside(world, 1, b'{"shipment_id": "a", "status": "in_transit"}', "failed")
    bad = set_aside(world, 2)
    capsys.readouterr()
    printed = run(capsys, "quarantine", "replay", "--day", DAY, "--reason", "failed", "--json")
    assert json.loads(printed) == {"records": {good: "recorded"}}
    with pytest.raises(SystemExit) as exit_code:
        call_command("quarantine", "replay", bad, good)
    assert exit_code.value.code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 refused, 1 missing"


def test_a_replay_without_records_or_a_day_is_refused(world):
    with pytest.raises(CommandError):
        call_command("quarantine", "replay")
