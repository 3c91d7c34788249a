"""Tracing: contexts that every process derives alike, the format of W3C, sampling."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.events import make_event
from tracking.tracing import PING_SHARE, Context, find_context, find_trace, is_sampled, parse_traceparent

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_context_is_written_and_read_as_a_header_of_w3c():
    context = Context("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert (context.traceparent, parse_traceparent(SENT)) == (SENT, context)
    # The sender has not sampled; whether we do is our cost and our decision.
    assert parse_traceparent(SENT[:-1] + "0") == context


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00-trace",
        SENT.upper(),
        "01" + SENT[2:],
        SENT + "-more",
        "00-" + "0" * 32 + SENT[35:],
        SENT[:36] + "0" * 16 + "-01",
    ],
)
def test_what_is_no_header_of_version_00_is_no_context(text):
    assert parse_traceparent(text) is None


def test_an_event_without_a_context_begins_a_trace_that_every_process_finds():
    event = make_event(1, status="in_transit")
    again = msgspec.structs.replace(event, recorded_at=datetime.now(UTC))
    other = msgspec.structs.replace(event, event_id="another")
    trace_id, parent = find_trace(event)
    # AWS X-Ray reads the first 32 bits as seconds since 1970.
    assert (int(trace_id[:8], 16), len(trace_id), parent) == (int(event.received_at.timestamp()), 32, None)
    assert find_trace(again) == (trace_id, None) != find_trace(other)
    assert parse_traceparent(find_context(event, "push").traceparent) == find_context(again, "push")


def test_each_verb_of_an_event_has_a_span_of_its_own():
    event = msgspec.structs.replace(make_event(1), traceparent=SENT)
    found = [find_context(event, "read"), find_context(event, "push"), find_context(event, "push", "more")]
    assert {context.trace_id for context in found} == {"0af7651916cd43dd8448eb211c80319c"}
    assert len({context.span_id for context in found}) == 3


def test_one_in_a_hundred_events_without_a_change_is_traced_and_the_set_share_of_the_others(settings):
    settings.TRACED_CHANGE_SHARE = 0.1
    traces = [find_trace(msgspec.structs.replace(make_event(1), event_id=f"e{n}"))[0] for n in range(20_000)]
    shares = [
        sum(is_sampled(trace, has_change=has_change) for trace in traces) / len(traces)
        for has_change in (False, True)
    ]
    assert shares == pytest.approx([PING_SHARE, 0.1], abs=0.007)


def test_all_events_with_a_change_are_traced_unless_a_share_is_set():
    assert is_sampled("f" * 32, has_change=True)
