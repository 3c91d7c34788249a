"""Rules for alarms: each can be answered by a person at night, and none watches what nobody emits."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from tests.deploy.templates import TEMPLATES, find_values
from tracking import metrics

Templates = dict[str, Any]

RUNBOOKS = settings.BASE_DIR / "deploy" / "runbooks"
KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
DECLARED = {
    value.name: set(value.dimensions) for value in vars(metrics).values() if isinstance(value, metrics.Metric)
}
# They start a scaling of ECS and reach nobody.
SCALING = {"scale-shards-out", "scale-shards-in"}
# Pages of what reaches a topic without an alarm of CloudWatch.
WITHOUT_ALARM = {"budget", "deployment-failed"}


def list_alarms(templates: Templates) -> dict[str, dict[str, Any]]:
    """Return all alarms and composites by their name without stage."""
    return {
        entry["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("swiftlogix-${Stage}-"): entry
        for template in templates.values()
        for entry in template["Resources"].values()
        if entry["Type"] in KINDS
    }


def list_members(alarm: dict[str, Any]) -> list[str]:
    """Return the alarms that a composite names in its rule."""
    rule = alarm["Properties"].get("AlarmRule", {"Fn::Sub": ""})["Fn::Sub"]
    return re.findall(r"ALARM\(swiftlogix-\$\{Stage\}-([a-z-]+)\)", rule)


def list_metrics(alarm: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each metric of ours that the alarm reads, with its dimensions."""
    for part in [alarm["Properties"], *find_values(alarm["Properties"], "Metric")]:
        if part.get("Namespace") == metrics.NAMESPACE:
            yield part["MetricName"], frozenset(entry["Name"] for entry in part.get("Dimensions", []))
    for expression in find_values(alarm["Properties"], "Expression"):
        for name, dimension in re.findall(r"\((\w+)\) FROM SCHEMA\(SwiftLogix, (\w+)\)", str(expression)):
            yield name, frozenset({dimension})


def find_without_missing_data(templates: Templates) -> list[str]:
    return [
        name
        for name, alarm in list_alarms(templates).items()
        if alarm["Type"] == KINDS[0] and "TreatMissingData" not in alarm["Properties"]
    ]


def find_without_action(templates: Templates) -> list[str]:
    """List alarms that reach nobody: without action, and not below a composite that has one."""
    alarms = list_alarms(templates)
    reached = {name for name, alarm in alarms.items() if "AlarmActions" in alarm["Properties"]}
    while below := {member for name in reached for member in list_members(alarms[name])} - reached:
        reached |= below
    return sorted(set(alarms) - reached)


def find_unknown_members(templates: Templates) -> list[str]:
    alarms = list_alarms(templates)
    return [member for alarm in alarms.values() for member in list_members(alarm) if member not in alarms]


def find_without_runbook(templates: Templates) -> list[str]:
    return [
        name
        for name, alarm in list_alarms(templates).items()
        if name not in SCALING
        and (
            alarm["Properties"].get("AlarmDescription") != f"deploy/runbooks/{name}.md"
            or not (RUNBOOKS / f"{name}.md").exists()
        )
    ]


def find_dead_letters_without_alarm(templates: Templates) -> list[str]:
    queues = {
        entry["Properties"]["QueueName"]["Fn::Sub"]
        for entry in templates["data"]["Resources"].values()
        if entry["Type"] == "AWS::SQS::Queue" and entry["Properties"]["QueueName"]["Fn::Sub"].endswith("-dlq")
    }
    read = [
        dimension["Value"]["Fn::Sub"]
        for alarm in list_alarms(templates).values()
        for dimensions in find_values(alarm, "Dimensions")
        for dimension in dimensions
        if dimension["Name"] == "QueueName"
    ]
    return sorted(queues - set(read))


def find_metrics_nobody_emits(templates: Templates) -> list[str]:
    return [
        f"{name}: {metric} {sorted(dimensions)}"
        for name, alarm in list_alarms(templates).items()
        for metric, dimensions in list_metrics(alarm)
        if DECLARED.get(metric) != dimensions
    ]


def properties(templates: Templates, name: str) -> dict[str, Any]:
    return list_alarms(templates)[name]["Properties"]


def drop_last_dead_letters(templates: Templates) -> None:
    entries = properties(templates, "dead-letters")["Metrics"]
    del entries[0]


def rename_metric(templates: Templates) -> None:
    properties(templates, "push-latency")["MetricName"] = "push_latency"


def rename_queried_metric(templates: Templates) -> None:
    properties(templates, "read-lag")["Metrics"][0]["Expression"] = (
        "SELECT MAX(read_lag) FROM SCHEMA(SwiftLogix, shard)"
    )


def rename_member(templates: Templates) -> None:
    properties(templates, "burn-fast")["AlarmRule"] = {"Fn::Sub": "ALARM(swiftlogix-${Stage}-burn-day)"}


def rename_alarm(templates: Templates) -> None:
    properties(templates, "queue-age")["AlarmName"] = {"Fn::Sub": "swiftlogix-${Stage}-age"}


RULES: tuple[tuple[Callable[[Templates], list[str]], Callable[[Templates], object], list[str]], ...] = (
    (
        find_without_missing_data,
        lambda found: properties(found, "no-events").pop("TreatMissingData"),
        ["no-events"],
    ),
    (find_without_action, lambda found: properties(found, "queue-age").pop("AlarmActions"), ["queue-age"]),
    (find_unknown_members, rename_member, ["burn-day"]),
    (find_without_runbook, rename_alarm, ["age"]),
    (find_dead_letters_without_alarm, drop_last_dead_letters, ["swiftlogix-${Stage}-readmodel-dlq"]),
    (find_metrics_nobody_emits, rename_metric, ["push-latency: push_latency []"]),
    (find_metrics_nobody_emits, rename_queried_metric, ["read-lag: read_lag ['shard']"]),
)


@pytest.mark.parametrize(("find", "damage", "found"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_templates_keep_each_rule_and_a_damaged_template_does_not(find, damage, found):
    assert find(TEMPLATES) == []
    damaged = copy.deepcopy({name: dict(template) for name, template in TEMPLATES.items()})
    damage(damaged)
    assert find(damaged) == found


def test_members_of_the_composite_do_not_page_by_themselves():
    alarms = list_alarms(TEMPLATES)
    members = {member for alarm in alarms.values() for member in list_members(alarm)}
    assert [name for name in members if "AlarmActions" in alarms[name]["Properties"]] == []


def test_each_runbook_belongs_to_an_alarm_and_has_the_same_parts():
    pages = {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md")}
    parts = {name: tuple(re.findall(r"^#+ (.+)$", text, re.MULTILINE)) for name, text in pages.items()}
    assert set(pages) == (set(list_alarms(TEMPLATES)) - SCALING) | WITHOUT_ALARM
    assert parts == {name: (name, "See", "Do first", "Over when") for name in pages}
