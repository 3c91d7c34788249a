"""Contract of `ReceiptStore`: in memory, and in Redis with what only that one promises."""

import pytest
import redis

from tests.environment import NOWHERE
from tests.waiting import PATIENCE_S
from tracking.adapters.receipts import RedisReceipts
from tracking.domain.errors import TransientError
from tracking.receipt_ports import MemoryReceipts
from tracking.receipts import DAY, HOUR, Slot, SlotFigures

SLOT, OTHER, EMPTY = Slot("hour", 5_881_332), Slot("day", 490_111), Slot("hour", 1)
NAMES = ("receipts:hour:5881332", "receipts:day:490111")


@pytest.fixture(params=["memory", "redis"])
def receipts(request, monkeypatch):
    return MemoryReceipts() if request.param == "memory" else open_redis(request, monkeypatch)


def open_redis(request, monkeypatch):
    # The product gives up after a second; here the machine may be busy.
    monkeypatch.setattr("tracking.adapters.receipts.TIMEOUT_S", PATIENCE_S)
    url = request.getfixturevalue("local_redis")
    redis.Redis.from_url(url).delete(*NAMES)
    return RedisReceipts(url)


def test_the_newest_figures_of_each_process_are_read_by_slot(receipts):
    first, second = SlotFigures({"push": {0: 1}}, 3, 0), SlotFigures({"push": {0: 2, 7: 1}}, 4, 1)
    other = SlotFigures({"notified": {40: 1}})
    receipts.keep("host:1:a", {SLOT: first})
    receipts.keep("host:2:b", {SLOT: other, OTHER: other})
    receipts.keep("host:1:a", {SLOT: second})
    found = receipts.read([OTHER, EMPTY, SLOT])
    assert [sorted(each, key=lambda one: one.answered) for each in found] == [[other], [], [other, second]]


def test_slots_expire_and_figures_of_another_version_are_left_out_in_redis(request, monkeypatch):
    receipts = open_redis(request, monkeypatch)
    figures = SlotFigures({"push": {0: 1}})
    receipts.keep("host:1:a", {SLOT: figures, OTHER: figures})
    client = redis.Redis.from_url(request.getfixturevalue("local_redis"))
    client.hset(NAMES[0], "host:9:z", b'{"stages": {"another": {"0": 1}}}')
    assert receipts.read([SLOT]) == [[figures]]
    left_s = [client.ttl(name) for name in NAMES]
    assert 0 < left_s[0] <= HOUR.kept_s < left_s[1] <= DAY.kept_s


def test_a_redis_that_cannot_be_reached_is_a_transient_error():
    away = RedisReceipts(f"redis://{NOWHERE}")
    for call in (lambda: away.read([SLOT]), lambda: away.keep("host:1:a", {SLOT: SlotFigures()})):
        with pytest.raises(TransientError):
            call()
