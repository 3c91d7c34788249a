"""Simulated bursts: the steps are those of the template, and tasks follow the age of the stream."""

from laboratory.scaling import autoscaling
from laboratory.scaling.autoscaling import BurstSimulation, Service
from laboratory.scaling.simulations import BURSTS, SMALL, read_kept, run_burst
from tests.deploy.templates import TEMPLATES

COMPUTE = TEMPLATES["compute"]["Resources"]
BEHIND, AHEAD = (COMPUTE[name]["Properties"] for name in ("ShardsBehind", "ShardsAhead"))
OUT, IN = (
    COMPUTE[name]["Properties"]["StepScalingPolicyConfiguration"] for name in ("ShardsOut", "ShardsIn")
)


def test_alarms_steps_and_pauses_are_those_of_the_template():
    assert (BEHIND["Threshold"], AHEAD["Threshold"]) == (autoscaling.BEHIND_MS, autoscaling.AHEAD_MS)
    assert {autoscaling.PERIOD_S} == {BEHIND["Period"], AHEAD["Period"]}
    assert (BEHIND["EvaluationPeriods"], AHEAD["EvaluationPeriods"]) == (1, autoscaling.IN_PERIODS)
    assert (OUT["Cooldown"], IN["Cooldown"]) == (autoscaling.OUT_COOLDOWN_S, autoscaling.IN_COOLDOWN_S)
    steps = [step["ScalingAdjustment"] for step in OUT["StepAdjustments"]]
    assert steps == [autoscaling.STEP_OUT, autoscaling.LARGE_STEP_OUT]
    far = autoscaling.FAR_BEHIND_MS - autoscaling.BEHIND_MS
    assert OUT["StepAdjustments"][1]["MetricIntervalLowerBound"] == far
    assert IN["StepAdjustments"][0]["ScalingAdjustment"] == autoscaling.STEP_IN


def test_a_burst_that_the_tasks_can_carry_starts_none():
    burst = BurstSimulation(Service(10, 4, 3, 2_000.0)).run(1_000.0, 5_000.0)
    assert (burst.absorbed_after_s, burst.tasks_most) == (0, 3)


def test_a_burst_above_what_the_tasks_carry_starts_more_and_is_absorbed():
    burst = BurstSimulation(Service(20, 8, 3, 1_000.0)).run(1_000.0, 6_000.0)
    assert burst.absorbed_after_s is not None
    assert burst.tasks_most > burst.tasks_before == 3
    assert burst.oldest_s > 30


def test_a_load_that_no_number_of_tasks_carries_is_never_absorbed_and_tasks_stop_at_the_shards(monkeypatch):
    monkeypatch.setattr(autoscaling, "LONGEST_S", 900)
    burst = BurstSimulation(Service(4, 4, 3, 100.0)).run(100.0, 4_000.0)
    assert (burst.absorbed_after_s, burst.tasks_most) == (None, 4)


def test_steps_by_share_absorb_a_large_burst_sooner_than_steps_of_two_and_four():
    plain, by_share = (Service(100, 16, 7, 2_000.0, share) for share in (0.0, 0.2))
    after = [
        BurstSimulation(service).run(10_000.0, 50_000.0).absorbed_after_s for service in (plain, by_share)
    ]
    assert None not in after
    assert after[1] < after[0]


def test_the_kept_results_of_ten_shards_are_found_again():
    small = [service for service in BURSTS if service.shards == SMALL]
    kept = [row for row in read_kept()["burst"] if row["shards"] == SMALL]
    assert [run_burst(service) for service in small] == kept


def test_the_service_of_ten_shards_is_that_of_the_template():
    parameters = TEMPLATES["compute"]["Parameters"]
    (shards,) = (
        container
        for container in COMPUTE["ShardsTask"]["Properties"]["ContainerDefinitions"]
        if container.get("Name") == "shards"
    )
    slots = {entry["Name"]: entry["Value"] for entry in shards["Environment"]}["SHARD_SLOTS"]
    assert {(one.least_tasks, one.slots) for one in BURSTS if one.shards == SMALL} == {
        (parameters["ShardsTasks"]["Default"], int(slots))
    }
