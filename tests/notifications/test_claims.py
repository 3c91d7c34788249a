"""Claims: whoever dies, and however many try at once, one of them tells."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from notifications.adapters.memory import MemoryTransport
from notifications.domain import SMS
from notifications.models import Delivery
from notifications.ports import Message, NotificationPorts, ports, wire
from notifications.services import tell
from tests.notifications.stories import book, make_change, outcomes
from tracking.domain.errors import TransientError
from tracking.domain.events import Change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class Failing:
    """Never answers: out of reach, or killed in the middle, as a KeyboardInterrupt does it."""

    name = SMS

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def send(self, message: Message) -> str:
        raise self.failure


def test_a_claim_whose_owner_died_is_taken_again_after_a_minute_and_not_before(transports, clock):
    book()
    wire(NotificationPorts({SMS: Failing(KeyboardInterrupt())}))
    with pytest.raises(KeyboardInterrupt):
        tell(ports(), make_change("attempt_failed"))
    wire(NotificationPorts({SMS: transports[SMS]}))
    clock.shift(timedelta(seconds=60))
    with pytest.raises(TransientError):
        tell(ports(), make_change("attempt_failed"))
    assert transports[SMS].sent == []
    clock.shift(timedelta(seconds=1))
    tell(ports(), make_change("attempt_failed"))
    assert len(transports[SMS].sent) == 1
    assert outcomes() == [("attempt_failed", SMS, "sent", "")]


class SlowTransport(MemoryTransport):
    """Takes its time over the provider, until the others have tried."""

    def __init__(self, others_done: threading.Event) -> None:
        super().__init__(SMS)
        self.others_done = others_done

    def send(self, message: Message) -> str:
        self.others_done.wait(10)
        return super().send(message)


def tell_from_threads(changes: list[Change]) -> tuple[MemoryTransport, list[str]]:
    """Each change told by a thread of its own, all at once; the transport they met at and their answers."""
    others_done, start = threading.Event(), threading.Barrier(len(changes))
    transport = SlowTransport(others_done)
    wire(NotificationPorts({SMS: transport}))
    answers: list[str] = []

    def tell_at_once(change: Change) -> None:
        start.wait()
        try:
            tell(ports(), change)
            answers.append("done")
        except TransientError:
            answers.append("come again")
        finally:
            connection.close()
            if len(answers) == len(changes) - 1:
                others_done.set()

    threads = [threading.Thread(target=tell_at_once, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return transport, answers


@pytest.mark.django_db(transaction=True)
def test_of_many_copies_of_a_change_at_once_one_tells_and_the_others_come_again():
    book()
    transport, answers = tell_from_threads([make_change("attempt_failed")] * 6)
    assert len(transport.sent) == 1
    # A copy is only taken off its queue once the message is known to be out.
    assert sorted(answers) == ["come again"] * 5 + ["done"]
    tell(ports(), make_change("attempt_failed"))
    assert len(transport.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_with_one_fact_at_once_one_tells_and_the_others_say_why_not():
    book()
    changes = [make_change("attempt_failed", change_id=f"chg_{number}") for number in range(6)]
    transport, answers = tell_from_threads(changes)
    assert (len(transport.sent), answers) == (1, ["done"] * 6)
    assert sorted(reason for *_, reason in outcomes()) == [""] + ["not_first"] * 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left_by", [TransientError("sns: Throttled"), KeyboardInterrupt()], ids=type)
def test_of_many_who_find_a_claim_left_behind_one_takes_it(left_by, clock):
    book()
    wire(NotificationPorts({SMS: Failing(left_by)}))
    with pytest.raises(type(left_by)):
        tell(ports(), make_change("attempt_failed"))
    clock.shift(timedelta(seconds=61))
    transport, answers = tell_from_threads([make_change("attempt_failed")] * 6)
    assert len(transport.sent) == 1
    assert sorted(answers) == ["come again"] * 5 + ["done"]
    assert Delivery.objects.get().attempts == 2
