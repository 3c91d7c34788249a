"""Traced web role: notes the stages of each request, hands them out once, and answers as the product does."""

import gc

import msgspec
import pytest

from laboratory.bench.read_stages import NOTED, Noted
from laboratory.bench.traced_web import make_application
from tests.events import make_event
from tests.swiftlogix.edge.test_kept_answers import ask, make_request
from tests.tracking.conftest import world
from tests.tracking.stories import record_timeline

__all__ = ["world"]


@pytest.fixture
def traced(world, collected_static, plain_static):
    record_timeline(world.store, make_event(0, status="in_transit", lat=12.9716, lon=77.5946))
    application = make_application()
    yield application
    gc.callbacks.remove(application._note_pause)


async def take_noted(application):
    return msgspec.json.decode((await ask(application, make_request(NOTED)))[2], type=Noted)


async def test_a_read_passes_the_stages_in_their_order_and_is_handed_out_once(traced):
    # The first answer of each form is Django's, which asks for the state itself.
    for _ in range(2):
        status = (await ask(traced, make_request("/tracking/123?lang=hi")))[0]
    await ask(traced, make_request("/tracking/123?lang=ta"))
    passage = (await take_noted(traced)).passages["one-name"]
    times = msgspec.structs.astuple(passage)
    assert (status, times, times[0] > 0) == (200, tuple(sorted(times)), True)
    assert (await take_noted(traced)).passages == {}


async def test_an_answer_from_memory_asks_for_no_state(traced):
    for _ in range(3):
        await ask(traced, make_request("/tracking/123"))
    passage = (await take_noted(traced)).passages["one-name"]
    assert (passage.asked_at, passage.given_at, passage.called_at > 0) == (0.0, 0.0, True)


async def test_a_stop_for_the_garbage_collector_is_noted(traced):
    await take_noted(traced)
    gc.collect()
    pauses = (await take_noted(traced)).pauses
    assert pauses
    assert all(began_at <= ended_at for began_at, ended_at in pauses)
