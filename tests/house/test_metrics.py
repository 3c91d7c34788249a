"""Test that `docs/metrics.md` lists each declared metric with its unit and dimensions, and nothing else."""

import re

from tests.house.sources import read
from tracking import metrics

_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|", re.MULTILINE)


def test_the_document_lists_every_declared_metric_and_no_other() -> None:
    listed = [
        metrics.Metric(name, unit, () if dimensions == "none" else tuple(re.findall(r"`(\w+)`", dimensions)))
        for name, unit, dimensions in _ROW.findall(read("docs/metrics.md"))
    ]
    declared = [value for value in vars(metrics).values() if isinstance(value, metrics.Metric)]
    assert sorted(listed) == sorted(declared)
