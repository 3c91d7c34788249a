"""Stages of slow requests: together they are the delay, and the slowest requests alone count."""

from itertools import starmap

import pytest

from laboratory.bench.http_load import Moments
from laboratory.bench.read_stages import Noted, Passage, Split, name_request, split_slowest


def make_noted(passages, pauses=()):
    return Noted({name_request(number): one for number, one in passages.items()}, [*pauses])


def approx(split):
    stages = pytest.approx(split.stages_ms)
    return Split(pytest.approx(split.delay_ms), stages, *map(pytest.approx, split[2:]))


def test_the_stages_of_a_request_that_waited_everywhere():
    moments = Moments(0, due_at=10.0, assigned_at=10.001, sent_at=10.003, received_at=10.028)
    noted = make_noted({0: Passage(10.006, 10.010, 10.015, 10.021)}, [(9.99, 10.002), (10.02, 10.023)])
    stages = {
        "waiting for a connection": 1.0,
        "late in the load": 2.0,
        "until the application": 3.0,
        "Redis and store": 5.0,
        "rest of the application": 10.0,
        "until received": 7.0,
    }
    split = split_slowest([moments], noted)
    assert split == approx(Split(28.0, stages, 5.0, 1.0))
    assert sum(split.stages_ms.values()) == pytest.approx(split.delay_ms)


def test_an_answer_from_memory_asks_for_no_state():
    moments = Moments(0, due_at=10.0, assigned_at=9.0, sent_at=10.0, received_at=10.004)
    split = split_slowest([moments], make_noted({0: Passage(10.001, answered_at=10.003)}))
    assert (split.stages_ms["Redis and store"], split.stages_ms["rest of the application"]) == (
        0.0,
        pytest.approx(2.0),
    )


def test_the_means_are_those_of_the_slowest_percent():
    delays_s = [0.001] * 197 + [0.05, 0.03, 0.002]
    described = [(number, number * 0.01, number * 0.01 + delay) for number, delay in enumerate(delays_s)]
    moments = [Moments(number, due, due, due, received) for number, due, received in described]
    passages = {number: Passage(due, answered_at=received) for number, due, received in described}
    split = split_slowest(moments, make_noted(passages))
    assert (split.delay_ms, split.in_first_second) == (pytest.approx(40.0), 0.0)


def test_a_request_that_the_server_did_not_note_is_an_error():
    unknown = starmap(Moments, [(0, 1.0, 1.0, 1.0, 2.0)])
    with pytest.raises(KeyError):
        split_slowest([*unknown], Noted())
