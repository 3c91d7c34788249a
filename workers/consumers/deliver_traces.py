"""`deliver` spans: one for each message of a queue, in the trace of its change."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tracking.domain.events import Change
from tracking.tracing import (
    Context,
    Span,
    derive_span_id,
    find_sink,
    is_sampled,
    logging_trace,
    parse_traceparent,
)


@contextmanager
def tracing_delivery(queue: str, change: Change, received: int) -> Iterator[None]:
    """Trace the work on a change, and put its trace into the log lines; an exception passes through.

    `received` is how often the message was received. Without tracing, or a context in the change, the work
    is done alone. Of a change that is not traced there is a span only if the work fails.
    """
    sink, parent = find_sink(), parse_traceparent(change.traceparent)
    if sink is None or parent is None:
        yield
        return
    span_id = derive_span_id(parent.trace_id, change.change_id, "deliver", queue, str(received))
    attributes = {"shipment_id": change.shipment_id, "change_id": change.change_id, "queue": queue}
    starts_ns, error = time.time_ns(), ""
    try:
        with logging_trace(parent.trace_id):
            yield
    except Exception as raised:
        error = type(raised).__name__
        raise
    finally:
        if error or is_sampled(parent.trace_id, has_change=True):
            context = Context(parent.trace_id, span_id)
            sink.take(
                [Span("deliver", context, parent.span_id, starts_ns, time.time_ns(), attributes, (), error)]
            )
