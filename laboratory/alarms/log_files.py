"""Metric lines in the logs of the roles, read while the roles write them."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.alarms.model import SeriesKey

_START = b'{"_aws"'
_TIME = re.compile(rb'\{"_aws":\{"Timestamp":(\d+)')
_MS = 1000


class LineFollower:
    """Follows logs; `list_logs` is asked each time, since logs appear and disappear."""

    def __init__(self, list_logs: Callable[[], Iterable[Path]]) -> None:
        self._list_logs = list_logs
        self._offsets: dict[Path, int] = {}

    def read_new(self) -> Iterator[bytes]:
        """Yield the metric lines that were completed since the last call; a log that is shorter is new."""
        for log in self._list_logs():
            if not log.exists():
                continue
            offset = self._offsets.get(log, 0)
            if log.stat().st_size < offset:
                offset = 0
            with log.open("rb") as text:
                text.seek(offset)
                for line in text:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    self._offsets[log] = offset
                    if line.startswith(_START):
                        yield line


class MetricValues(NamedTuple):
    """Values of one series at a moment, in seconds since 1970."""

    series: SeriesKey
    at_s: float
    values: list[float]


def read_time(line: bytes) -> float:
    """Return the moment of a metric line, in seconds since 1970; 0 if it says none."""
    found = _TIME.match(line)
    return int(found[1]) / _MS if found else 0.0


def parse_line(line: bytes) -> Iterator[MetricValues]:
    """Yield the values of each metric in a line of CloudWatch's embedded metric format (EMF)."""
    content: dict[str, Any] = json.loads(line)
    at_s = content["_aws"]["Timestamp"] / _MS
    for directive in content["_aws"]["CloudWatchMetrics"]:
        (names,) = directive["Dimensions"]
        dimensions = tuple(sorted((name, content[name]) for name in names))
        for metric in directive["Metrics"]:
            value = content[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            yield MetricValues(SeriesKey(directive["Namespace"], metric["Name"], dimensions), at_s, values)


def write_line(found: MetricValues) -> str:
    """Return the line of these values, as `parse_line` reads it, with its line end."""
    series = found.series
    directive = {
        "Namespace": series.namespace,
        "Dimensions": [[name for name, _ in series.dimensions]],
        "Metrics": [{"Name": series.name}],
    }
    aws = {"Timestamp": int(found.at_s * _MS), "CloudWatchMetrics": [directive]}
    content = {"_aws": aws, series.name: found.values, **dict(series.dimensions)}
    return json.dumps(content, separators=(",", ":")) + "\n"
