"""Fair queue of webhook deliveries."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT, FairQueue

NAMES = "abc"
STEPS = st.lists(st.sampled_from([*(f"put {name}" for name in NAMES), "take", "finish"]), max_size=80)


def test_a_long_queue_delays_another_endpoint_by_one_item():
    queue = FairQueue[int]()
    for item in range(100):
        queue.put("long", item)
    queue.put("short", 100)
    assert [queue.take(), queue.take(), queue.take()] == [("long", 0), ("short", 100), ("long", 1)]


def test_an_endpoint_with_four_in_flight_waits_until_one_is_finished():
    queue = FairQueue[int]()
    for item in range(6):
        queue.put("slow", item)
    assert [queue.take() for _ in range(5)] == [("slow", 0), ("slow", 1), ("slow", 2), ("slow", 3), None]
    queue.finish("slow")
    assert [queue.take(), queue.take()] == [("slow", 4), None]
    assert len(queue) == 1


@given(STEPS)
def test_in_any_order_of_steps_items_are_served_once_in_order_within_the_limit(steps):
    queue, put, taken, in_flight = FairQueue[int](), Counter(), Counter(), []
    for step in steps:
        if step == "finish" and in_flight:
            queue.finish(in_flight.pop(0))
        elif step == "take":
            may_be_served = any(
                put[name] > taken[name] and in_flight.count(name) < IN_FLIGHT_LIMIT for name in NAMES
            )
            found = queue.take()
            assert (found is not None) == may_be_served
            if found is not None:
                name, item = found
                assert item == taken[name]
                taken[name] += 1
                in_flight.append(name)
        elif step.startswith("put"):
            name = step[-1]
            queue.put(name, put[name])
            put[name] += 1
    assert max(Counter(in_flight).values(), default=0) <= IN_FLIGHT_LIMIT
    assert len(queue) == sum(put.values()) - sum(taken.values())


@given(st.lists(st.sampled_from(NAMES), max_size=60))
def test_between_two_turns_of_an_endpoint_each_other_one_gets_at_most_one(order):
    queue = FairQueue[int](limit=len(order) + 1)
    for number, name in enumerate(order):
        queue.put(name, number)
    served = [queue.take()[0] for _ in order]
    for name in set(order):
        turns = [at for at, other in enumerate(served) if other == name]
        between = [Counter(served[a + 1 : b]) for a, b in zip([-1, *turns], turns, strict=False)]
        assert all(max(others.values(), default=0) <= 1 for others in between)
