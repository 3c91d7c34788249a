"""Reads the alarms of `deploy/templates/`, with the parameters' default values in place."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from laboratory.alarms.model import Alarm, Composite, Formula, Part, Query, Reading, SeriesKey

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
# The templates with alarms that have a runbook.
NAMES = ("observe", "edge")
_QUERY = re.compile(
    r'SELECT (?P<function>AVG|COUNT|MAX|MIN|SUM)\((?P<name>\w+)\) FROM SCHEMA\("?(?P<namespace>[\w/]+)"?'
    r"(?P<dimensions>(?:, \w+)*)\)(?: WHERE (?P<key>\w+) = '(?P<value>[^']*)')?"
)
_STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}


class TemplateError(Exception):
    """Raised for an alarm that the evaluator does not understand; it says which and why."""


class _Loader(yaml.CSafeLoader):
    """Loader of YAML that keeps the short forms of CloudFormation (`!Sub`) as one-entry mappings."""


def _keep_function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _keep_function)


@cache
def read_alarms(folder: Path, stage: str) -> tuple[Alarm | Composite, ...]:
    """Return the alarms of all templates in a folder for a stage, in their order; read once in a process.

    Raises `TemplateError` for an alarm that cannot be evaluated here.
    """
    return tuple(alarm for name in NAMES for alarm in _read_template(folder / f"{name}.yaml", stage))


def load_template(path: Path) -> dict[str, Any]:
    """Return a template as plain data; functions of CloudFormation are mappings by their name."""
    return dict(yaml.load(path.read_text(), _Loader))  # noqa: S506


def _read_template(path: Path, stage: str) -> Iterator[Alarm | Composite]:
    # A subclass of the safe loader: it makes no objects.
    template = load_template(path)
    defaults = {name: entry.get("Default", "") for name, entry in template["Parameters"].items()}
    values = {**defaults, "Stage": stage}
    for entry in template["Resources"].values():
        if entry["Type"] in (ALARM, COMPOSITE):
            yield parse_alarm(_resolve(entry["Properties"], values), f"swiftlogix-{stage}-")


def _resolve(tree: Any, values: Mapping[str, Any]) -> Any:
    """Put values in place of `Sub` and `Ref`; what only AWS knows becomes its own name."""
    if isinstance(tree, list):
        return [_resolve(entry, values) for entry in tree]
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"Sub"} and isinstance(tree["Sub"], str):
        return re.sub(r"\$\{(\w+)\}", lambda found: str(values.get(found[1], found[1])), tree["Sub"])
    if set(tree) == {"Ref"}:
        return str(values.get(tree["Ref"], tree["Ref"]))
    if len(tree) == 1 and next(iter(tree)) in ("If", "GetAtt", "ImportValue", "Fn::ImportValue"):
        return str(_resolve(next(iter(tree.values())), values))
    return {key: _resolve(entry, values) for key, entry in tree.items()}


def parse_alarm(properties: Mapping[str, Any], prefix: str) -> Alarm | Composite:
    """Return the alarm of the properties of a resource; its name is without `prefix`.

    Raises `TemplateError` if it has a form that the evaluator does not know.
    """
    name, runbook = properties["AlarmName"].removeprefix(prefix), properties["AlarmDescription"]
    if "AlarmRule" in properties:
        return Composite(name, runbook, properties["AlarmRule"].replace(prefix, "").strip())
    parts, watched, period_s = _parse_parts(name, properties)
    missing = properties.get("TreatMissingData", "missing")
    if missing == "ignore":
        raise TemplateError(f"{name}: TreatMissingData `ignore` needs the state before, which is not kept")
    periods = properties["EvaluationPeriods"]
    return Alarm(
        name=name,
        runbook=runbook,
        parts=parts,
        watched=watched,
        period_s=period_s,
        periods=periods,
        datapoints=properties.get("DatapointsToAlarm", periods),
        threshold=float(properties["Threshold"]),
        comparison=properties["ComparisonOperator"],
        missing=missing,
    )


def _parse_parts(name: str, properties: Mapping[str, Any]) -> tuple[tuple[Part, ...], str, int]:
    """Return the parts of an alarm, the id of the one that is watched, and the period in seconds."""
    if "Metrics" not in properties:
        statistic = properties.get("Statistic") or properties["ExtendedStatistic"]
        reading = Reading(properties["MetricName"], _parse_series(properties), statistic)
        return (reading,), reading.part_id, properties["Period"]
    entries = properties["Metrics"]
    periods = {entry["MetricStat"]["Period"] for entry in entries if "MetricStat" in entry}
    periods |= {entry["Period"] for entry in entries if "Period" in entry}
    watched = [entry["Id"] for entry in entries if entry.get("ReturnData", True)]
    if len(periods) != 1 or len(watched) != 1:
        raise TemplateError(
            f"{name}: needs one period and one part that is watched, has {periods}, {watched}"
        )
    return tuple(_parse_part(name, entry) for entry in entries), watched[0], periods.pop()


def _parse_part(name: str, entry: Mapping[str, Any]) -> Part:
    if "MetricStat" in entry:
        return Reading(entry["Id"], _parse_series(entry["MetricStat"]["Metric"]), entry["MetricStat"]["Stat"])
    expression = " ".join(entry["Expression"].split())
    if not expression.startswith("SELECT"):
        return Formula(entry["Id"], expression)
    found = _QUERY.fullmatch(expression)
    if found is None:
        raise TemplateError(f"{name}: unknown form of a query: {expression}")
    return Query(
        entry["Id"],
        found["namespace"],
        found["name"],
        frozenset(re.findall(r"\w+", found["dimensions"])),
        ((found["key"], found["value"]),) if found["key"] else (),
        _STATISTICS[found["function"]],
    )


def _parse_series(metric: Mapping[str, Any]) -> SeriesKey:
    dimensions = sorted((entry["Name"], entry["Value"]) for entry in metric.get("Dimensions", []))
    return SeriesKey(metric["Namespace"], metric["MetricName"], tuple(dimensions))
