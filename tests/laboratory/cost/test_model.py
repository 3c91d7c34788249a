"""Cost model: totals of the estimate, monotony, and that nothing billed or called is left out."""

import msgspec
import pytest

from laboratory.bench.inputs import CHANGES
from laboratory.cost.case import DAY_S, Case, InvalidCaseError, check_case
from laboratory.cost.cases import (
    ESTIMATE,
    ESTIMATED,
    POLICY,
    RUN_CHANGE_SHARE,
    apply_estimated,
    make_counted_case,
)
from laboratory.cost.idle import CHARGED, CountedError, find_charge, read_counted
from laboratory.cost.levers import LEVERS, WHAT_IFS, pull
from laboratory.cost.lines import (
    ALARM_METRICS,
    BEAT_VCPU,
    COMPOSITES,
    DASHBOARDS,
    FIREWALL_RULES,
    GB_A_VCPU,
    SECRETS,
    TRACKING_ALARM_METRICS,
)
from laboratory.cost.prices import read_prices
from laboratory.cost.report import BEFORE_USD, BUILDING_USD, NEXT_USD, VOLUMES, CostModel
from laboratory.cost.resources import BILLED, WITHOUT_RESOURCE, is_known
from laboratory.event_units import CHANGE, OF_SHIPMENT, OF_VEHICLE
from tests.deploy.templates import TEMPLATES, find_values, list_resources
from workers.consumers.read_pacing import READ_EVERY_S

MODEL = CostModel(read_prices(), read_counted())
BASE = make_counted_case(MODEL.counted)
MESSAGES = {"sms_per_shipment": 0.3, "emails_per_shipment": 1.0}

LEFT_OUT = {
    "retention above a day",
    "the rule that stamps the vehicle",
    "its record on the stream",
    "vehicles connected",
    "leases, which are renewed all the time",
    "leases and sweeps",
    "polls of the queues while nothing happens",
    "Container Insights",
    "alarms that target tracking makes",
}


@pytest.mark.parametrize("name", ESTIMATED)
def test_the_model_gives_the_estimates_total_within_a_hundredth_with_the_same_lines(name):
    # The estimate leaves out IoT Core, retention above a day, idle calls, and some of CloudWatch.
    case = apply_estimated(ESTIMATE, name)
    assert MODEL.total_in_design(case) == pytest.approx(ESTIMATED[name].usd, rel=0.01)
    assert {line.what for line in MODEL.list_lines(case) if not line.in_design} == LEFT_OUT


def test_iot_core_costs_about_25_dollars_which_the_estimate_did_not_contain():
    """Its rules and actions; messages cost nothing past the broker."""
    iot = sum(line.usd for line in MODEL.list_lines(BASE) if line.price.startswith("iot."))
    assert iot == pytest.approx(25, rel=0.05)


@pytest.mark.parametrize("volume", VOLUMES)
@pytest.mark.parametrize("base", [BASE, msgspec.structs.replace(BASE, **MESSAGES)])
def test_no_volume_makes_a_month_cheaper_and_most_make_it_dearer(base, volume):
    before = getattr(base, volume)
    more = msgspec.structs.replace(base, **{volume: before * 2 if before else 1.0})
    if volume.endswith("_share"):
        more = msgspec.structs.replace(base, **{volume: min(1.0, before * 2)})
    messages = volume in ("sms_per_shipment", "emails_per_shipment")
    assert MODEL.total(more) > MODEL.total(base) or (volume == "burst_per_s" and not messages)
    assert MODEL.total(more) >= MODEL.total(base)


def test_a_burst_needs_more_tasks_only_beyond_what_two_carry():
    carried = BASE.shards_tasks * 1e6 / BASE.event_cpu_us
    bursts = (BASE.burst_per_s, carried, carried + 1)
    totals = [MODEL.total(msgspec.structs.replace(BASE, burst_per_s=burst)) for burst in bursts]
    assert totals[0] == totals[1] < totals[2]


@pytest.mark.parametrize("base", [BASE, ESTIMATE])
@pytest.mark.parametrize("messages", [POLICY, MESSAGES])
def test_the_policy_of_notifications_stays_within_the_budget(base, messages):
    assert MODEL.report(msgspec.structs.replace(base, **messages)).is_within


def test_the_payback_is_what_building_costs_over_what_a_month_saves():
    report = MODEL.report(BASE)
    assert report.payback_months == pytest.approx(BUILDING_USD / (BEFORE_USD - report.total))
    dear = MODEL.report(msgspec.structs.replace(BASE, sms_per_shipment=10.0))
    assert (dear.is_within, dear.payback_months) == (False, None)


def test_every_lever_saves_and_gives_up_a_promise_and_every_other_what_if_costs_more():
    messages = msgspec.structs.replace(BASE, **MESSAGES)
    before = MODEL.total(messages)
    wrong = [
        name
        for name, lever in WHAT_IFS.items()
        if (MODEL.total(pull(messages, name)) < before) != (name in LEVERS)
        or bool(lever.gives_up) != (name in LEVERS)
    ]
    assert wrong == []


def test_the_goal_is_met_without_a_lever_and_the_next_hundred_dollars_name_promises():
    goal = MODEL.report(BASE).goal
    assert (goal.is_met, goal.needed) == (True, [])
    names = [step.name for step in goal.next_steps]
    assert names == list(LEVERS)[: len(names)]
    saved = [step.saves for step in goal.next_steps]
    assert sum(saved[:-1]) < NEXT_USD <= sum(saved)


def test_a_lower_goal_is_reached_by_the_first_levers():
    goal = MODEL.report(BASE, goal=800.0).goal
    totals = {step.name: step.total for step in goal.steps}
    assert not goal.is_met
    assert totals[goal.needed[-1]] <= goal.usd < totals[goal.needed[-2]]
    assert [step.name for step in goal.next_steps] == list(LEVERS)[len(goal.needed) :][: len(goal.next_steps)]


def test_one_nat_gateway_or_no_standby_is_not_the_default():
    assert (BASE.nat_gateways, BASE.database_instances, BASE.valkey_nodes) == (2, 2, 2)


def test_every_type_of_resource_in_the_templates_has_a_price_or_is_known_to_be_free():
    kinds = {entry["Type"] for template in TEMPLATES.values() for entry in template["Resources"].values()}
    assert {kind for kind in kinds if not is_known(kind)} == set()
    assert not is_known("AWS::Lambda::Function")
    assert set(find_values(TEMPLATES["network"], "VpcEndpointType")) == {"Gateway"}


def test_every_price_charges_for_a_resource_and_has_a_line_in_some_month():
    prices = set(MODEL.prices.prices)
    assert {price for of_kind in BILLED.values() for price in of_kind} | set(WITHOUT_RESOURCE) == prices
    months = [BASE, *(pull(msgspec.structs.replace(BASE, **MESSAGES), name) for name in WHAT_IFS)]
    assert {line.price for month in months for line in MODEL.list_lines(month)} == prices


def test_every_call_that_the_product_makes_is_in_the_model():
    calls = {**MODEL.counted.idle, **MODEL.counted.working}
    assert len(calls) > 30
    assert {find_charge(call) for call in calls} == set(CHARGED.values())
    with pytest.raises(CountedError, match="Kinesis SplitShard"):
        find_charge("shards Kinesis SplitShard scans")
    assert RUN_CHANGE_SHARE == CHANGES


def test_each_kind_of_event_costs_what_the_run_has_counted():
    counted = MODEL.counted.units
    change, position = counted[CHANGE], counted[OF_SHIPMENT]
    assert (BASE.change_write_units, BASE.position_write_units) == (change.written, position.written)
    share = BASE.change_share
    assert BASE.event_write_units == pytest.approx(share * change.written + (1 - share) * position.written)
    vans = msgspec.structs.replace(BASE, vehicle_share=1.0, change_share=0.0)
    assert vans.event_write_units == pytest.approx(counted[OF_VEHICLE].written)


def test_idle_calls_grow_with_shards_and_tasks():
    uses = [
        {line.what: line.usd for line in MODEL.list_lines(msgspec.structs.replace(BASE, **change))}
        for change in ({}, {"shards": 20.0}, {"shards_tasks": 6.0})
    ]
    renewed, looked = "leases, which are renewed all the time", "leases and sweeps"
    assert uses[1][renewed] > uses[0][renewed] < uses[2][renewed]
    assert uses[2][looked] > uses[0][looked]


def size_of(role: str) -> tuple[float, float]:
    """Return vCPUs and GB of the task of a role."""
    task = TEMPLATES["compute"]["Resources"][f"{role}Task"]["Properties"]
    return int(task["Cpu"]) / 1024, int(task["Memory"]) / 1024


def test_a_read_that_brings_records_is_rarer_than_events_and_than_reads():
    reads = BASE.days * DAY_S * BASE.shards / READ_EVERY_S
    assert 0 < BASE.reads_with_records < min(BASE.events, reads)
    few = msgspec.structs.replace(BASE, events_per_day=1_000.0, peak_days=0.0)
    assert few.reads_with_records == pytest.approx(few.events, rel=0.01)
    many = msgspec.structs.replace(BASE, events_per_day=1e9, peak_days=0.0)
    assert many.reads_with_records == pytest.approx(reads)


def test_the_sizes_of_the_model_are_those_of_the_templates():
    defaults = {
        name: entry["Default"]
        for name, entry in TEMPLATES["compute"]["Parameters"].items()
        if "Default" in entry
    }
    case = Case()
    assert (case.web_tasks, case.shards_tasks, case.queues_tasks) == (
        defaults["WebTasks"],
        defaults["ShardsTasks"],
        defaults["QueuesTasks"],
    )
    assert {name: size_of(name) for name in ("Web", "Shards", "Queues", "Beat")} == {
        "Web": (case.web_vcpu, case.web_vcpu * GB_A_VCPU),
        "Shards": (case.shards_vcpu, case.shards_vcpu * GB_A_VCPU),
        "Queues": (case.queues_vcpu, case.queues_vcpu * GB_A_VCPU),
        "Beat": (BEAT_VCPU, BEAT_VCPU * GB_A_VCPU),
    }
    assert defaults["ValkeyNode"] == f"cache.t4g.{case.valkey_size}"
    assert case.traced_change_share == defaults["TracedChangeShare"]
    assert case.database_instances == len(list_resources("AWS::RDS::DBInstance"))
    # An instance of tier 0 or 1 follows the capacity of the writer.
    standby = TEMPLATES["compute"]["Resources"]["DatabaseStandby"]["Properties"]
    assert (case.standby_acu, standby["PromotionTier"] > 1) == (defaults["AuroraLeast"], True)
    assert case.retention_hours == TEMPLATES["data"]["Parameters"]["RetentionHours"]["Default"]
    assert case.nat_gateways == TEMPLATES["network"]["Parameters"]["NatGateways"]["Default"]
    assert len(list_resources("AWS::SecretsManager::Secret")) <= SECRETS
    assert len(list_resources("AWS::CloudWatch::Dashboard")) == DASHBOARDS
    assert len(list_resources("AWS::CloudWatch::CompositeAlarm")) <= COMPOSITES
    (_, firewall), *_ = list_resources("AWS::WAFv2::WebACL")
    assert len(firewall["Properties"]["Rules"]) <= FIREWALL_RULES
    watched = sum(
        max(1, len(find_values(alarm["Properties"], "MetricStat")))
        for _, alarm in list_resources("AWS::CloudWatch::Alarm")
    )
    assert watched == ALARM_METRICS
    tracked = [
        max(1, len(find_values(policy["Properties"], "MetricStat")))
        for name, policy in list_resources("AWS::ApplicationAutoScaling::ScalingPolicy")
        # Those of data.yaml are for a provisioned table.
        if name.startswith("compute/") and policy["Properties"]["PolicyType"] == "TargetTrackingScaling"
    ]
    assert 2 * sum(tracked) == TRACKING_ALARM_METRICS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"change_share": 1.5}, "change_share is 1.5"),
        ({"events_per_day": -1.0}, "events_per_day is -1"),
        ({"shards": 0.0}, "shards is 0"),
        ({"peak_days": 40.0}, "peak_days is 40"),
        ({"events_per_day": float("nan")}, "events_per_day is nan"),
    ],
)
def test_a_month_that_cannot_be_is_refused_by_name(change, message):
    with pytest.raises(InvalidCaseError, match=message):
        check_case(msgspec.structs.replace(BASE, **change))
