"""Contract of `FigureSamples`: in memory, and in Redis with what only that one promises."""

import pytest
import redis

from tests.environment import NOWHERE
from tests.waiting import PATIENCE_S
from tracking.adapters.figure_samples import KEY, RedisFigureSamples
from tracking.domain.errors import TransientError
from tracking.figure_sample_ports import KEPT_SLOTS, SLOT_S, MemoryFigureSamples

SLOT = 5_881_332
FIGURES = {"vehicles_live": 41, "on_time_pct": 92.5, "quarantined": None}


@pytest.fixture(params=["memory", "redis"])
def samples(request, monkeypatch):
    return MemoryFigureSamples() if request.param == "memory" else open_redis(request, monkeypatch)


def open_redis(request, monkeypatch):
    # The product gives up soon; here the machine may be busy.
    monkeypatch.setattr("tracking.adapters.figure_samples.TIMEOUT_S", PATIENCE_S)
    url = request.getfixturevalue("local_redis")
    redis.Redis.from_url(url).delete(KEY)
    return RedisFigureSamples(url)


def test_the_newest_sample_of_each_slot_is_read(samples):
    samples.keep(SLOT, {"vehicles_live": 1})
    samples.keep(SLOT + 1, {"vehicles_live": 2})
    samples.keep(SLOT, FIGURES)
    assert samples.read([SLOT + 1, SLOT - 1, SLOT]) == {SLOT + 1: {"vehicles_live": 2}, SLOT: FIGURES}


def test_a_sample_is_kept_until_eight_days_are_over(samples):
    samples.keep(SLOT, FIGURES)
    samples.keep(SLOT + KEPT_SLOTS - 1, {"vehicles_live": 1})
    asked = [SLOT, SLOT + KEPT_SLOTS - 1, SLOT + KEPT_SLOTS]
    assert samples.read(asked) == {SLOT: FIGURES, SLOT + KEPT_SLOTS - 1: {"vehicles_live": 1}}
    samples.keep(SLOT + KEPT_SLOTS, {"vehicles_live": 2})
    assert samples.read([SLOT, SLOT + KEPT_SLOTS]) == {SLOT + KEPT_SLOTS: {"vehicles_live": 2}}


def test_the_key_expires_and_samples_of_another_version_are_left_out_in_redis(request, monkeypatch):
    samples = open_redis(request, monkeypatch)
    samples.keep(SLOT, FIGURES)
    client = redis.Redis.from_url(request.getfixturevalue("local_redis"))
    client.hset(KEY, str((SLOT + 1) % KEPT_SLOTS), b'{"another": "form"}')
    assert samples.read([SLOT, SLOT + 1]) == {SLOT: FIGURES}
    assert 0 < client.ttl(KEY) <= KEPT_SLOTS * SLOT_S


def test_a_redis_that_cannot_be_reached_is_a_transient_error():
    away = RedisFigureSamples(f"redis://{NOWHERE}")
    for call in (lambda: away.read([SLOT]), lambda: away.keep(SLOT, FIGURES)):
        with pytest.raises(TransientError):
            call()
