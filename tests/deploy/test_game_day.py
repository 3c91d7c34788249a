"""Game day of an account: each act against an emulator of AWS, or against the model of its service."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from botocore.stub import ANY
from django.conf import settings

from deploy.faults import FAULTS, choose
from deploy.game_acts import ACTS, FLUSH, AccountAct
from deploy.game_day import GameDay, Limits, main, make_table
from deploy.plan import Params, RefusedError
from tests.deploy.emulated_account import emulated_account
from tests.deploy.game_pilot import CLUSTER, SERVICES, Pilot, make_stacks
from tests.waiting import wait_for

pytestmark = pytest.mark.slow

NUMBER = "000000000000"
SOON = Limits(raised_within_s=0.0, watched_s=0.0, over_within_s=0.0, pause_s=0.0, archived_after_s=0.0)
PARAMS = Params("pilot", NUMBER, settings.AWS_REGION, {})


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """Start an emulator with a small pilot: the resources that a game day breaks; yield its address."""
    with emulated_account(tmp_path_factory.mktemp("account"), SERVICES) as address:
        make_stacks(address)
        yield address


@pytest.fixture
def pilot(endpoint):
    pilot = Pilot(endpoint)
    yield pilot
    pilot.end_stubs()


class Conversation:
    """Answers every question alike."""

    def __init__(self, *, agrees: bool) -> None:
        self._agrees = agrees

    def confirm(self, _question: str) -> bool:
        return self._agrees


def hold(pilot: Pilot, name: str, acts: dict, *, is_dry_run: bool = False) -> tuple[int, list[dict]]:
    day = GameDay(pilot.account, Conversation(agrees=True), SOON, ACTS | acts)
    code = day.hold(choose(name), is_dry_run=is_dry_run)
    return code, [{**row, "over_s": 0} for row in day.rows]


# --- acts: what is different during the fault, and that it is as before afterwards -----------------


def test_one_task_is_stopped_and_others_go_on(pilot):
    ecs, where = pilot.client("ecs"), {"cluster": CLUSTER, "serviceName": "shards"}
    before = set(ecs.list_tasks(**where)["taskArns"])
    with pilot.make("worker-killed"):
        after = set(ecs.list_tasks(**where, desiredStatus="RUNNING")["taskArns"])
        # The emulator starts no task in its place before the service is changed.
        ecs.update_service(cluster=CLUSTER, service="shards", desiredCount=3)
    assert (len(before), len(before - after)) == (3, 1)


class BrokenError(Exception):
    """Raised within a fault."""


@pytest.mark.parametrize("error", [None, BrokenError, KeyboardInterrupt])
def test_all_tasks_come_back_and_their_scaling_too(pilot, error):
    scaling = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/swiftlogix-pilot/shards",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    stub = pilot.stub("application-autoscaling")
    for suspended in (True, False):
        state = {"DynamicScalingInSuspended": suspended, "DynamicScalingOutSuspended": suspended}
        stub.add_response("register_scalable_target", {}, {**scaling, "SuspendedState": state})
    during = break_with(pilot, "workers-killed", pilot.count_wanted, error)
    assert (during, pilot.count_wanted(), pilot.said[0].partition(" --desired-count ")[2][:2]) == (0, 3, "3;")
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("error", [None, BrokenError, KeyboardInterrupt])
def test_the_cap_on_writes_is_as_before(pilot, error):
    assert (break_with(pilot, "dynamodb-throttled", pilot.read_cap, error), pilot.read_cap()) == (1, 40_000)
    assert pilot.said[0].endswith("MaxWriteRequestUnits=40000")


@pytest.mark.parametrize("error", [None, BrokenError, KeyboardInterrupt])
def test_a_misspelt_rule_is_put_back_as_it_was(pilot, error):
    before = pilot.read_rule()
    during = break_with(pilot, "rule-broken", pilot.read_rule, error)
    assert (during[0], pilot.read_rule()) == ('{"source": ["swiftlogix.trackng"]}', before)
    assert before[0] in pilot.said[0]


def break_with(pilot: Pilot, name: str, read, error):
    """Return what is read while the fault lasts, which ends with an error if one is given."""
    during = []

    def let_it_last() -> None:
        with pilot.make(name):
            during.append(read())
            if error is not None:
                raise error

    if error is None:
        let_it_last()
    else:
        with pytest.raises(error):
            let_it_last()
    return during[0]


def test_what_a_broken_rule_missed_comes_after_it(pilot):
    pilot.take()
    with pilot.make("rule-broken"):
        pilot.publish("missed")
        during = pilot.take()
    after = [json.loads(body)["detail"]["n"] for body in pilot.take()]
    assert (during, after) == ([], ["missed"])


def test_an_hour_of_changes_comes_once_more(pilot):
    pilot.publish("again")
    first = pilot.take()
    with pilot.make("archive-replayed"):
        second = [json.loads(body)["detail"]["n"] for body in pilot.take()]
    assert (len(first), second[-1]) == (1, "again")


def test_a_poison_message_is_taken_out_of_the_dead_letters_and_others_stay(pilot):
    pilot.client("sqs").send_message(QueueUrl=pilot.account.find("data", "NotifyDlq"), MessageBody="another")
    with pilot.make("poison-message"):
        pilot.give_up()
    wait_for(lambda: pilot.take("NotifyDlq") == ["another"], what="the other message is still there")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("hot-shard", {"GAMEDAY-HOT"}),
        ("clocks-skewed", {"poison-clock", "GAMEDAY-INDIAN", "GAMEDAY-BEHIND"}),
        ("poison-record", {"poison"}),
    ],
)
def test_records_are_put_as_long_as_the_fault_lasts(pilot, name, keys):
    before = len(pilot.read_stream())
    with pilot.make(name):
        wait_for(lambda: len(pilot.read_stream()) > before, what="no record was put")
    put = pilot.read_stream()
    assert {key for one, _ in put[before:] for key in keys if one.startswith(f"{key}-")} == keys
    assert len(pilot.read_stream()) == len(put)


def test_valkey_is_emptied_by_a_task_with_the_rights_of_web(pilot):
    ecs, stacks = pilot.stub("ecs"), pilot.stub("cloudformation")
    compute = {"ClusterName": CLUSTER, "TaskGroupId": "sg-1"}
    for outputs in (compute, {"PrivateSubnets": "subnet-a"}):
        entries = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        stack = {
            "StackName": "s",
            "CreationTime": datetime.now(UTC),
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": entries,
        }
        stacks.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": ANY})
    request = dict.fromkeys(("launchType", "startedBy", "networkConfiguration"), ANY)
    request |= {"cluster": CLUSTER, "taskDefinition": "swiftlogix-pilot-web"}
    words = ["command", "shell", "-c", FLUSH]
    request["overrides"] = {"containerOverrides": [{"name": "web", "command": words}]}
    ecs.add_response("run_task", {"tasks": [{"taskArn": "a/b"}]}, request)
    ended = {"taskArn": "a/b", "lastStatus": "STOPPED", "containers": [{"name": "web", "exitCode": 0}]}
    ecs.add_response("describe_tasks", {"tasks": [ended]}, {"cluster": CLUSTER, "tasks": ["a/b"]})
    with pilot.make("valkey-emptied"):
        ecs.assert_no_pending_responses()


def test_the_standby_of_valkey_takes_over_and_the_group_is_awaited(pilot):
    stub, group = pilot.stub("elasticache"), {"ReplicationGroupId": "swiftlogix-pilot"}

    def answer(status: str) -> None:
        found = {"ReplicationGroups": [{"Status": status, "NodeGroups": [{"NodeGroupId": "0001"}]}]}
        stub.add_response("describe_replication_groups", found, group)

    answer("available")
    stub.add_response("test_failover", {}, {**group, "NodeGroupId": "0001"})
    answer("modifying")
    answer("available")
    with pilot.make("valkey-lost"):
        pass
    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("members", "call", "asked"),
    [
        (["a", "b"], "failover_db_cluster", {"DBClusterIdentifier": "swiftlogix-pilot-database"}),
        (["a"], "reboot_db_instance", {"DBInstanceIdentifier": "a"}),
    ],
    ids=["with a standby", "alone"],
)
def test_aurora_fails_over_where_it_has_a_standby(pilot, members, call, asked):
    stub, cluster = pilot.stub("rds"), {"DBClusterIdentifier": "swiftlogix-pilot-database"}
    listed = [{"DBInstanceIdentifier": name} for name in members]
    found = {"DBClusters": [{"Status": "available", "DBClusterMembers": listed}]}
    stub.add_response("describe_db_clusters", found, cluster)
    stub.add_response(call, {}, asked)
    stub.add_response("describe_db_clusters", found, cluster)
    with pilot.make("database-lost"):
        pass
    stub.assert_no_pending_responses()


# --- the command ---------------------------------------------------------------------------------


def test_a_fault_whose_alarm_goes_on_is_as_expected(pilot):
    acts = {"rule-broken": pilot.raise_alarm("canary-missing")}
    code, rows = hold(pilot, "rule-broken", acts)
    assert (code, rows) == (
        0,
        [
            {
                "fault": "rule-broken",
                "expected": ["canary-missing", "misrouted-notify"],
                "raised": {"canary-missing": 0},
                "over_s": 0,
                "problem": "",
                "passed": True,
            }
        ],
    )
    assert make_table(rows).splitlines()[2:] == ["| rule-broken | canary-missing 0 | 0 | as expected |"]


@pytest.mark.parametrize(
    ("name", "raised", "result"),
    [
        ("rule-broken", "queue-age", "silent"),
        ("poison-record", "queue-age", "unexpected"),
        ("archive-replayed", "queue-age", "as expected"),
        ("rule-broken", "scale-shards-out", "silent"),
    ],
)
def test_a_wrong_alarm_is_no_news_of_a_fault(pilot, name, raised, result):
    code, rows = hold(pilot, name, {name: pilot.raise_alarm(raised)})
    assert (code, make_table(rows).rpartition(" | ")[2]) == (int(result != "as expected"), f"{result} |")


def test_nothing_begins_while_an_alarm_is_on(pilot):
    pilot.set_alarm("queue-age", "ALARM")
    with pytest.raises(RefusedError, match="Alarms are on: queue-age"):
        hold(pilot, "dynamodb-throttled", {})
    pilot.set_alarm("queue-age", "OK")
    assert pilot.read_cap() == 40_000


def test_a_fault_whose_act_fails_ends_the_day(pilot):
    @contextmanager
    def fail(_account):
        raise ValueError("no such thing")
        yield

    code, rows = hold(
        pilot, "worker-killed,worker-stopped,poison-record", {"worker-killed": AccountAct(fail, ())}
    )
    assert (code, [(row["fault"], row["problem"]) for row in rows]) == (
        1,
        [("worker-killed", "ValueError: no such thing")],
    )


def run(endpoint: str, *options: str) -> int:
    return main(["--stage", "pilot", "--endpoint", endpoint, *options], PARAMS, SOON)


def test_a_dry_run_names_what_it_would_break_and_changes_nothing(pilot, endpoint, capsys):
    before = pilot.read_rule(), pilot.count_wanted(), pilot.read_cap()
    assert run(endpoint, "--dry-run", "--yes") == 0
    words = capsys.readouterr().out
    named = {fault.name for fault in FAULTS if f" {fault.name}: {fault.title}\n" in words}
    assert (named, (pilot.read_rule(), pilot.count_wanted(), pilot.read_cap())) == (
        {fault.name for fault in FAULTS},
        before,
    )
    assert "It needs swiftlogix-pilot-tracking." in words


def test_the_command_breaks_waits_for_the_alarm_and_says_so_as_json(pilot, endpoint, capsys):
    """A thread stands for AWS: it makes a dead letter of the message, and its alarm follows the letters."""
    done = threading.Event()

    def be_aws() -> None:
        sqs, letters = pilot.client("sqs"), pilot.account.find("data", "NotifyDlq")
        while not done.wait(0.02):
            pilot.give_up()
            found = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["All"])["Attributes"]
            is_on = any(int(found[f"ApproximateNumberOfMessages{part}"]) for part in ("", "NotVisible"))
            pilot.set_alarm("dead-letters", "ALARM" if is_on else "OK")

    pilot.take("NotifyDlq")
    thread = threading.Thread(target=be_aws)
    thread.start()
    limits = Limits(pause_s=0.02)
    arguments = ["--stage", "pilot", "--endpoint", endpoint, "--only", "poison-message", "--yes", "--json"]
    code = main(arguments, PARAMS, limits)
    done.set()
    thread.join()
    answer = json.loads(capsys.readouterr().out)
    (row,) = answer["faults"]
    assert (code, answer["code"], row["passed"], list(row["raised"])) == (0, 0, True, ["dead-letters"])


def test_production_needs_a_word_of_its_own_and_an_unknown_fault_is_named(endpoint, capsys):
    assert main(["--stage", "production", "--yes"]) == 2
    assert "add --yes-production" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        run(endpoint, "--only", "earthquake")
    assert "There is no fault earthquake." in capsys.readouterr().err


def test_another_account_is_refused(endpoint, capsys):
    other = PARAMS._replace(account="999999999999")
    assert main(["--stage", "pilot", "--endpoint", endpoint], other, SOON) == 2
    assert "These credentials are for the account 000000000000" in capsys.readouterr().out
