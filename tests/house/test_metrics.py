"""docs/metrics.md describes exactly the declared metrics, each with its unit and dimensions."""

import re

from tests.house.sources import read
from tracking import metrics

DOCUMENT = "docs/metrics.md"
COLUMNS = 6


def test_the_document_describes_every_declared_metric_with_its_unit_and_dimensions() -> None:
    declared = {
        metric.name: (str(metric.unit), metric.dimensions)
        for metric in vars(metrics).values()
        if isinstance(metric, metrics.Metric)
    }
    assert {name: (unit, dimensions) for name, unit, dimensions, *_ in _read_rows()} == declared


def test_every_metric_has_its_emission_its_meaning_and_the_meaning_of_a_bad_value() -> None:
    assert [name for name, _, _, *texts in _read_rows() if not all(texts)] == []


def _read_rows() -> list[tuple[str, str, tuple[str, ...], str, str, str]]:
    """Read name, unit, dimensions, emission, meaning and bad value of each metric in the tables."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in read(DOCUMENT).splitlines()
        if re.match(r"\| `\w+` \|", line)
    ]
    assert {len(row) for row in rows} == {COLUMNS}
    return [
        (name.strip("`"), unit, tuple(re.findall(r"`(\w+)`", dimensions)), emitted, meaning, bad)
        for name, unit, dimensions, emitted, meaning, bad in rows
    ]
