"""Newest traces in the file of this machine, as bars for the pipeline page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tracking.tracing import Verb

# Only the end of the file is read.
READ_BYTES = 400_000
TRACES_SHOWN = 10
# Percent of the whole width; a shorter bar could not be seen.
LEAST_WIDTH_PCT = 0.5


class SpanLine(msgspec.Struct):
    """Line of the file: one span; times in ns since 1970."""

    trace_id: str
    verb: Verb
    starts_ns: int
    ends_ns: int
    attributes: dict[str, str | int] = {}
    error: str = ""


class Bar(NamedTuple):
    """Span of a verb: its time in ms, and its place within the trace in percent."""

    verb: Verb
    part: str
    took_ms: float
    start_pct: float
    width_pct: float
    error: str


class LocalTrace(NamedTuple):
    """Trace of one event: shipment and bars, in the order of their begin."""

    trace_id: str
    shipment_id: str
    took_ms: float
    bars: Sequence[Bar]


_decode = msgspec.json.Decoder(SpanLine).decode


def read_traces(file: Path) -> list[LocalTrace]:
    """Return the newest traces of events, newest first; none without a file."""
    by_trace: dict[str, list[SpanLine]] = defaultdict(list)
    for line in _read_lines(file):
        by_trace[line.trace_id].append(line)
    traces = [_draw(trace_id, lines) for trace_id, lines in by_trace.items() if _find(lines, "shipment_id")]
    newest = sorted(traces, key=lambda trace: max(line.ends_ns for line in by_trace[trace.trace_id]))
    return newest[::-1][:TRACES_SHOWN]


def _read_lines(file: Path) -> Iterable[SpanLine]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - READ_BYTES))
            lines = opened.read().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield _decode(line)
        except msgspec.DecodeError:
            # The first line is cut, and the last one may still be written.
            continue


def _draw(trace_id: str, lines: Sequence[SpanLine]) -> LocalTrace:
    begin, end = min(line.starts_ns for line in lines), max(line.ends_ns for line in lines)
    whole = max(1, end - begin)
    bars = [
        Bar(
            line.verb,
            str(line.attributes.get("queue", "")),
            (line.ends_ns - line.starts_ns) / 1e6,
            round(100 * (line.starts_ns - begin) / whole, 2),
            round(max(LEAST_WIDTH_PCT, 100 * (line.ends_ns - line.starts_ns) / whole), 2),
            line.error,
        )
        for line in sorted(lines, key=lambda each: (each.starts_ns, each.ends_ns))
    ]
    return LocalTrace(trace_id, _find(lines, "shipment_id"), whole / 1e6, bars)


def _find(lines: Sequence[SpanLine], name: str) -> str:
    return next((str(line.attributes[name]) for line in lines if name in line.attributes), "")
