"""Sink of spans for tests: it keeps them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tracking.tracing import Context, Span, trace_to


class KeptSpans:
    """`SpanSink` that keeps what it takes; the contexts that it makes are numbered."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._made = 0

    def new_context(self) -> Context:
        """Return a context that no other call returns."""
        self._made += 1
        return Context(f"{self._made:032x}", f"{self._made:016x}")

    def take(self, spans: Sequence[Span]) -> None:
        """Keep spans."""
        self.spans += spans

    def flush(self) -> None:
        """Do nothing: nothing waits."""


@contextmanager
def keeping_spans() -> Iterator[list[Span]]:
    """Trace within the block; yield the list that the spans come into."""
    sink = KeptSpans()
    trace_to(sink)
    try:
        yield sink.spans
    finally:
        trace_to(None)
