"""Queue of commands on a real Redis: what replaces what, what is dropped, and how receivers learn of it."""

import threading

import pytest
import redis

from tests.waiting import PATIENCE_S, wait_for
from tracking.adapters import command_sender
from tracking.adapters.command_sender import CommandSender, Sending
from tracking.adapters.live_redis import DATABASE


@pytest.fixture
def client(local_redis):
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    return client


class HeldSender(CommandSender):
    """Sender that has no client before it is released, so that commands wait."""

    def __init__(self, client):
        self.released = threading.Event()
        self.failures = []
        super().__init__(lambda: self.released.wait() and client, self.note)

    def note(self, error, messages):
        self.failures.append((str(error), messages))

    def release(self):
        self.released.set()
        assert self.drain(PATIENCE_S)


def append(text, key="", version=0):
    """Return a command that appends to the list `sent`, or its notice to the list `noticed`."""
    return Sending(("RPUSH", "sent", text), key, version, ("RPUSH", "noticed", key) if key else None)


def read(client, name):
    return [text.decode() for text in client.lrange(name, 0, -1)]


def test_a_newer_version_takes_the_place_of_the_waiting_one_and_an_older_one_does_not(client):
    sender = HeldSender(client)
    sender.send(append("a1", "a", 1), append("plain"), append("b2", "b", 2))
    sender.send(append("a2", "a", 2), append("plain"), append("b1", "b", 1))
    sender.release()
    assert (read(client, "sent"), sender.failures) == (["a2", "plain", "b2", "plain"], [])


def test_a_full_queue_still_takes_newer_versions_and_notices_follow_what_it_drops(client, monkeypatch):
    monkeypatch.setattr(command_sender, "MAX_IN_FLIGHT", 2)
    sender = HeldSender(client)
    sender.send(*(append(f"{key}1", key, 1) for key in "abcd"), append("plain"))
    sender.send(append("a2", "a", 2))
    sender.release()
    wait_for(lambda: len(read(client, "noticed")) >= 2)
    assert (read(client, "sent"), read(client, "noticed")) == (["a2", "b1"], ["c", "d"])
    assert sender.failures == [("too many messages in flight", 3)]


def test_no_notice_follows_when_the_version_or_a_newer_one_is_sent_after_all(client, monkeypatch):
    monkeypatch.setattr(command_sender, "MAX_IN_FLIGHT", 1)
    sender = HeldSender(client)
    sender.send(append("a1", "a", 1), append("b3", "b", 3), append("c3", "c", 3))
    monkeypatch.setattr(command_sender, "MAX_IN_FLIGHT", 9)
    sender.send(append("b4", "b", 4), append("c2", "c", 2))
    sender.release()
    wait_for(lambda: read(client, "noticed"))
    assert (read(client, "sent"), read(client, "noticed")) == (["a1", "b4", "c2"], ["c"])


def test_a_command_that_redis_refuses_is_followed_by_its_notice(client):
    sender = HeldSender(client)
    refused = Sending(("RPUSH",), "a", 1, ("RPUSH", "noticed", "a"))
    sender.send(refused, append("b1", "b", 1))
    sender.release()
    wait_for(lambda: read(client, "noticed"))
    assert (read(client, "sent"), read(client, "noticed")) == (["b1"], ["a"])
    assert [messages for _, messages in sender.failures] == [1]


def test_notices_of_commands_that_did_not_reach_redis_are_sent_when_it_can_be_reached(client, monkeypatch):
    monkeypatch.setattr(command_sender, "NOTICE_AGAIN_AFTER_S", 0.01)
    cut_off = redis.Redis(port=9, db=DATABASE, retry=None)
    sender = HeldSender(cut_off)
    sender.send(append("a1", "a", 1), append("b1", "b", 1))
    sender.release()
    wait_for(lambda: sender.failures)
    cut_off.connection_pool = client.connection_pool
    wait_for(lambda: len(read(client, "noticed")) >= 2)
    assert (read(client, "sent"), read(client, "noticed")) == ([], ["a", "b"])
    assert [messages for _, messages in sender.failures] == [2]


def test_of_more_lost_commands_than_there_may_be_notices_the_first_are_noticed(client, monkeypatch):
    monkeypatch.setattr(command_sender, "MAX_IN_FLIGHT", 0)
    monkeypatch.setattr(command_sender, "MAX_NOTICES", 2)
    sender = HeldSender(client)
    sender.send(*(append(f"{key}1", key, 1) for key in "abc"))
    sender.send(append("b2", "b", 2))
    sender.release()
    wait_for(lambda: len(read(client, "noticed")) >= 2)
    assert (read(client, "sent"), read(client, "noticed")) == ([], ["a", "b"])
