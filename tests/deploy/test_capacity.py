"""Capacity that the templates allow, against what the promised burst needs."""

import pytest

from deploy.plan import read_params
from laboratory.cost.cases import make_counted_case
from laboratory.cost.idle import read_counted
from laboratory.scaling.arithmetic import find_largest_stream
from tests.deploy.templates import TEMPLATES, list_resources

DATA, OBSERVE = TEMPLATES["data"]["Parameters"], TEMPLATES["observe"]
# What an account allows a table without a request, and the share of the fleet in the pilot.
QUOTA, PILOT_SHARE = 40_000, 0.1
SHARDS = TEMPLATES["compute"]["Resources"]["ShardsTask"]["Properties"]["ContainerDefinitions"][0]
KNOWING_RETENTION = ("data", "compute", "observe")


@pytest.mark.parametrize(("stage", "share"), [("production", 1.0), ("pilot", PILOT_SHARE)])
def test_a_burst_as_large_as_promised_does_not_throttle_and_needs_no_larger_quota(stage, share):
    case = make_counted_case(read_counted())
    needed = share * case.burst_per_s * case.event_write_units
    cap = read_params(stage).parameters["MaxWriteRequestUnits"]
    assert needed <= cap <= QUOTA


def test_a_burst_as_large_as_promised_does_not_turn_the_alarm_on():
    case = make_counted_case(read_counted())
    share = OBSERVE["Resources"]["TableNearCap"]["Properties"]["Threshold"] / 100
    cap = read_params("production").parameters["MaxWriteRequestUnits"]
    assert case.burst_per_s * case.event_write_units <= share * cap


def test_both_templates_have_the_cap_of_production_as_their_default():
    caps = {template["MaxWriteRequestUnits"]["Default"] for template in (DATA, OBSERVE["Parameters"])}
    assert caps == {read_params("production").parameters["MaxWriteRequestUnits"]}


def test_the_stream_keeps_records_for_a_day_and_the_roles_know_it():
    defaults = {
        name: TEMPLATES[name]["Parameters"]["RetentionHours"]["Default"] for name in KNOWING_RETENTION
    }
    assert defaults == dict.fromkeys(KNOWING_RETENTION, 24)
    stages = {stage: read_params(stage).parameters["RetentionHours"] for stage in ("pilot", "production")}
    assert stages == {"pilot": 24, "production": 24}
    tasks = [entry for _, entry in list_resources("AWS::ECS::TaskDefinition")]
    informed = {
        task["Properties"]["ContainerDefinitions"][0]["Name"]
        for task in tasks
        if {"Name": "STREAM_RETENTION_HOURS", "Value": {"Ref": "RetentionHours"}}
        in task["Properties"]["ContainerDefinitions"][0]["Environment"]
    }
    assert informed == {"web", "shards", "queues"}


@pytest.mark.parametrize("stage", ["production", "pilot"])
def test_the_tasks_that_are_left_when_one_is_lost_have_a_slot_for_each_shard(stage):
    parameters = read_params(stage).parameters
    (slots,) = [int(entry["Value"]) for entry in SHARDS["Environment"] if entry["Name"] == "SHARD_SLOTS"]
    assert (parameters["ShardsTasks"] - 1) * slots >= parameters["Shards"]


def test_a_stream_may_have_as_many_shards_as_one_partition_of_leases_carries():
    assert DATA["Shards"]["MaxValue"] == find_largest_stream()
