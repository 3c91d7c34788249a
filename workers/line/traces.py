"""Spans of a batch, made after it: each traced event has one for every verb of the line."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tracking.domain.events import Change, TrackingEvent
from tracking.tracing import (
    Context,
    Span,
    SpanSink,
    Verb,
    derive_span_id,
    find_context,
    find_sink,
    find_trace,
    is_sampled,
)
from workers.ports import Refusal
from workers.steps.meter import Spans

NS = 1_000_000_000


class BatchTrace:
    """Trace of one batch, while tracing is on: its own `read` span, to which those of its events link."""

    def __init__(self, sink: SpanSink, began_at: datetime) -> None:
        """Trace a batch whose decoding began at this time."""
        self._sink = sink
        self._began_ns = to_ns(began_at)
        self.context = sink.new_context()

    def end(self, events: Sequence[TrackingEvent], refusals: Sequence[Refusal], steps: Spans) -> None:
        """Take the spans of the events that are traced and of the refused records."""
        traced = [event for event in events if is_traced(event)]
        spans = [span for event in traced for span in self._trace_event(event, steps)]
        spans += [span for refusal in refusals for span in self._trace_refusal(refusal, steps)]
        if spans:
            attributes = {"events": len(events), "traced": len(traced)}
            self._sink.take([self._make_read(steps, attributes), *spans])

    def fail(self, error: Exception, records: int, steps: Spans) -> None:
        """Take the span of a batch that ended with an error."""
        self._sink.take([self._make_read(steps, {"records": records}, type(error).__name__)])

    def _make_read(self, steps: Spans, attributes: Mapping[str, int], error: str = "") -> Span:
        ends_ns = self._began_ns + int(NS * sum(seconds for _, seconds, _ in steps))
        return Span("read", self.context, None, self._began_ns, ends_ns, attributes, error=error)

    def _trace_event(self, event: TrackingEvent, steps: Spans) -> Iterator[Span]:
        _, parent_id = find_trace(event)
        attributes: dict[str, str | int] = {"shipment_id": event.shipment_id, "event_id": event.event_id}
        read = find_context(event, "read")
        arrived_ns = min(to_ns(event.received_at), self._began_ns)
        yield Span("read", read, parent_id, arrived_ns, self._began_ns, attributes, (self.context,))
        for verb, starts_ns, ends_ns in self._list_steps(steps):
            yield Span(verb, find_context(event, verb), read.span_id, starts_ns, ends_ns, attributes)

    def _trace_refusal(self, refusal: Refusal, steps: Spans) -> Iterator[Span]:
        """Yield the spans of a record that has no event: a trace of its own, which ends at `decode`."""
        record = refusal.record
        read = self._sink.new_context()
        arrived_ns = min(to_ns(record.arrived_at), self._began_ns)
        attributes: dict[str, str | int] = {"stream_position": record.stream_position}
        yield Span("read", read, None, arrived_ns, self._began_ns, attributes, (self.context,))
        verb, starts_ns, ends_ns = next(self._list_steps(steps))
        context = Context(read.trace_id, derive_span_id(read.trace_id, verb))
        yield Span(verb, context, read.span_id, starts_ns, ends_ns, attributes, error=refusal.reason)

    def _list_steps(self, steps: Spans) -> Iterator[tuple[Verb, int, int]]:
        """Yield the verbs with begin and end; one step follows the other."""
        starts_ns = self._began_ns
        for verb, seconds, _ in steps:
            ends_ns = starts_ns + int(NS * seconds)
            yield verb, starts_ns, ends_ns
            starts_ns = ends_ns


def is_traced(event: TrackingEvent) -> bool:
    """Return whether an event is traced: a share of those with a change, and another one of the others."""
    return is_sampled(find_trace(event)[0], has_change=event.change is not None)


def find_frame_traceparent(event: TrackingEvent) -> str | None:
    """Return the context of an event's frame on a page; None while it is not traced."""
    if find_sink() is None or not is_traced(event):
        return None
    return find_context(event, "push").traceparent


def carry_trace(change: Change) -> Change:
    """Return the change with the context of its `publish` span; so it reaches the bus and all behind it.

    The context says whether the change is traced.
    """
    context = find_context(change, "publish", change.change_id)
    is_recorded = is_sampled(context.trace_id, has_change=True)
    traceparent = context.traceparent if is_recorded else context.unrecorded
    also = tuple(msgspec.structs.replace(each, traceparent=traceparent) for each in change.also)
    return msgspec.structs.replace(change, traceparent=traceparent, also=also)


def trace_publishing(changes: Sequence[Change], starts_ns: int, ends_ns: int, error: str = "") -> None:
    """Take the `publish` spans of the traced changes as they were recorded; of all after an error."""
    sink = find_sink()
    if sink is not None:
        sink.take(
            [
                Span(
                    "publish",
                    find_context(change, "publish", change.change_id),
                    find_context(change, "read").span_id,
                    starts_ns,
                    ends_ns,
                    {"shipment_id": change.shipment_id, "change_id": change.change_id, "type": change.type},
                    error=error,
                )
                for change in changes
                if error or is_sampled(find_trace(change)[0], has_change=True)
            ]
        )


def to_ns(moment: datetime) -> int:
    """Return a moment as ns since 1970."""
    return int(moment.timestamp() * NS)
