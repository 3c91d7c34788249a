"""Traces: the context of an event, which events are traced, and the port that takes their spans.

No step carries a context of its own. All ids are derived from the event's id, its arrival and the
`traceparent` that its record had, so that every process finds the same ones, also after a crash.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from hashlib import blake2b
from typing import Literal, NamedTuple, Protocol

from django.conf import settings
from structlog.contextvars import bound_contextvars

Verb = Literal["read", "decode", "enrich", "record", "push", "publish", "deliver"]

# Share of the events without a change that are traced; settings have that of the events with one.
PING_SHARE = 0.01
# W3C Trace Context, version 00: trace id, span id, flags.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")


class Context(NamedTuple):
    """Place in a trace: ids in hexadecimal."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """Header of W3C Trace Context that makes this the parent."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    @property
    def unrecorded(self) -> str:
        """Header of W3C Trace Context that makes this the parent, and says that nobody recorded it."""
        return f"00-{self.trace_id}-{self.span_id}-00"


class Span(NamedTuple):
    """Work of one verb; times in ns since 1970. `error` is empty for work that succeeded."""

    verb: Verb
    context: Context
    parent_id: str | None
    starts_ns: int
    ends_ns: int
    attributes: Mapping[str, str | int]
    links: tuple[Context, ...] = ()
    error: str = ""


class SpanSink(Protocol):
    """Takes spans and sends them somewhere. It never raises and never waits; spans may be lost."""

    def new_context(self) -> Context:
        """Return the context of a new trace."""
        ...

    def take(self, spans: Sequence[Span]) -> None:
        """Take spans that have ended."""
        ...

    def flush(self) -> None:
        """Send what was taken, for some seconds at most."""
        ...


class Traced(Protocol):
    """Scan, event or change, by which its trace is found."""

    @property
    def event_id(self) -> str:
        """Id of the event."""
        ...

    @property
    def received_at(self) -> datetime:
        """Arrival on the stream."""
        ...

    @property
    def traceparent(self) -> str | None:
        """Context that the record came with."""
        ...


_sinks: list[SpanSink] = []


def trace_to(sink: SpanSink | None) -> None:
    """Send spans to this sink from now on; None ends tracing."""
    _sinks[:] = [] if sink is None else [sink]


def find_sink() -> SpanSink | None:
    """Return the sink, None while nothing is traced."""
    return _sinks[0] if _sinks else None


def parse_traceparent(text: str | None) -> Context | None:
    """Return the context in a header of W3C Trace Context, None for anything else."""
    found = _TRACEPARENT.fullmatch(text or "")
    return Context(found[1], found[2]) if found else None


def find_trace(traced: Traced) -> tuple[str, str | None]:
    """Return the trace id of an event, and the span id of its parent; None for a trace that begins here.

    A trace that begins here has an id as AWS X-Ray wants it: seconds since 1970, then 96 bits.
    """
    sent = parse_traceparent(traced.traceparent)
    if sent is not None:
        return sent
    seconds = int(traced.received_at.timestamp())
    return f"{seconds:08x}{blake2b(traced.event_id.encode(), digest_size=12).hexdigest()}", None


def find_context(traced: Traced, verb: Verb, part: str = "") -> Context:
    """Return the context of a verb's span about this event; `part` tells several of them apart."""
    trace_id, _ = find_trace(traced)
    return Context(trace_id, derive_span_id(trace_id, traced.event_id, verb, part))


def derive_span_id(*names: str) -> str:
    """Return the span id of what has these names."""
    return blake2b("\0".join(names).encode(), digest_size=8).hexdigest()


def is_sampled(trace_id: str, *, has_change: bool) -> bool:
    """Return whether an event with or without a change is traced: the same for every process."""
    share = settings.TRACED_CHANGE_SHARE if has_change else PING_SHARE
    return int(trace_id[-8:], 16) < share * 2**32


def logging_trace(trace_id: str | None) -> AbstractContextManager[None]:
    """Put the trace's id into each log line of the block; None for none."""
    return nullcontext() if trace_id is None else bound_contextvars(trace_id=trace_id)
