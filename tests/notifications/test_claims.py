"""Claims: whichever process dies, and however many try at once, one of them sends the message."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from notifications.adapters.memory import MemoryTransport
from notifications.claims import mark_sent
from notifications.models import Delivery
from notifications.ports import Message, NotificationPorts, ports, wire
from notifications.services import notify
from notifications.transports.sms import SMS
from tests.notifications.stories import NOON, book, make_change, make_delay, outcomes
from tracking.domain.errors import TransientError
from tracking.domain.events import Change

# Nine in the evening in India, when quiet hours begin.
EVENING = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class FailingTransport:
    """Always fails: with `TransientError` it cannot be reached, with `KeyboardInterrupt` the process dies."""

    declaration = SMS

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def send(self, message: Message) -> str:
        raise self.failure


def test_a_claim_whose_owner_died_is_taken_again_after_a_minute_and_not_before(transports, clock):
    book()
    wire(NotificationPorts({"sms": FailingTransport(KeyboardInterrupt())}))
    with pytest.raises(KeyboardInterrupt):
        notify(ports(), make_change("attempt_failed"))
    wire(NotificationPorts({"sms": transports["sms"]}))
    clock.shift(timedelta(seconds=60))
    with pytest.raises(TransientError):
        notify(ports(), make_change("attempt_failed"))
    assert transports["sms"].sent == []
    clock.shift(timedelta(seconds=1))
    notify(ports(), make_change("attempt_failed"))
    assert len(transports["sms"].sent) == 1
    assert outcomes() == [("attempt_failed", "sms", "sent", "")]


class SlowTransport(MemoryTransport):
    """Sends only once the other threads have tried."""

    def __init__(self, others_done: threading.Event) -> None:
        super().__init__(SMS)
        self.others_done = others_done

    def send(self, message: Message) -> str:
        self.others_done.wait(10)
        return super().send(message)


def notify_from_threads(changes: list[Change]) -> tuple[MemoryTransport, list[str]]:
    """Notify of each change in a thread of its own, all at once; their transport and their answers."""
    others_done, start = threading.Event(), threading.Barrier(len(changes))
    transport = SlowTransport(others_done)
    wire(NotificationPorts({"sms": transport}))
    answers: list[str] = []

    def notify_at_once(change: Change) -> None:
        start.wait()
        try:
            notify(ports(), change)
            answers.append("done")
        except TransientError:
            answers.append("try again")
        finally:
            connection.close()
            if len(answers) == len(changes) - 1:
                others_done.set()

    threads = [threading.Thread(target=notify_at_once, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return transport, answers


@pytest.mark.django_db(transaction=True)
def test_of_many_copies_of_a_change_at_once_one_is_sent_and_the_others_must_try_again():
    book()
    transport, answers = notify_from_threads([make_change("attempt_failed")] * 6)
    assert len(transport.sent) == 1
    # A copy is deleted from its queue only once the message is known to be sent.
    assert sorted(answers) == ["done"] + ["try again"] * 5
    notify(ports(), make_change("attempt_failed"))
    assert len(transport.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_with_one_fact_at_once_one_is_sent_and_the_others_are_suppressed():
    book()
    changes = [make_change("attempt_failed", change_id=f"chg_{number}") for number in range(6)]
    transport, answers = notify_from_threads(changes)
    assert (len(transport.sent), answers) == (1, ["done"] * 6)
    assert sorted(reason for *_, reason in outcomes()) == [""] + ["not_first"] * 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left_by", [TransientError("sns: Throttled"), KeyboardInterrupt()], ids=type)
def test_of_many_processes_that_find_an_abandoned_claim_one_takes_it(left_by, clock):
    book()
    wire(NotificationPorts({"sms": FailingTransport(left_by)}))
    with pytest.raises(type(left_by)):
        notify(ports(), make_change("attempt_failed"))
    clock.shift(timedelta(seconds=61))
    transport, answers = notify_from_threads([make_change("attempt_failed")] * 6)
    assert len(transport.sent) == 1
    assert sorted(answers) == ["done"] + ["try again"] * 5
    assert Delivery.objects.get().attempts == 2


@pytest.mark.parametrize(
    ("left_at", "decided"),
    [(EVENING, ("deferred", "quiet_hours")), (NOON + timedelta(minutes=15), ("suppressed", "late_event"))],
)
def test_a_claim_of_a_dead_process_is_decided_anew_only_after_a_minute(transports, clock, left_at, decided):
    book()
    change = make_delay(occurred_at=left_at if left_at == EVENING else NOON)
    clock.move_to(left_at - timedelta(seconds=10))
    wire(NotificationPorts({"sms": FailingTransport(KeyboardInterrupt())}))
    with pytest.raises(KeyboardInterrupt):
        notify(ports(), change)
    wire(NotificationPorts({"sms": transports["sms"]}))
    clock.shift(timedelta(seconds=30))
    with pytest.raises(TransientError):
        notify(ports(), change)
    clock.shift(timedelta(seconds=31))
    notify(ports(), change)
    assert (outcomes(), transports["sms"].sent) == ([("delayed", "sms", *decided)], [])


def test_an_id_of_a_provider_that_is_longer_than_its_column_is_cut():
    delivery = Delivery.objects.create(change_id="chg_1", recipient_id="rcp_one", transport="whatsapp")
    mark_sent(delivery, "wamid." + "x" * 200)
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.provider_id) == ("sent", "wamid." + "x" * 94)
