"""Publisher: changes go out beside the stream; what cannot wait in memory waits in the store."""

import threading

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.changes import make_change
from workers.line.publisher import QUEUE_LENGTH, Publisher

CHANGES = [make_change(number) for number in range(QUEUE_LENGTH + 50)]


def test_changes_are_published_in_order_and_many_at_once():
    batches = []
    publisher = Publisher(batches.append)
    publisher.enqueue(CHANGES[:250])
    publisher.start()
    wait_for(lambda: sum(map(len, batches)) == 250)
    assert [change for batch in batches for change in batch] == CHANGES[:250]
    assert len(batches) == 3
    assert publisher.close(PATIENCE_S)


def test_a_bus_that_hangs_holds_up_nobody_and_fills_no_memory():
    """Failure matrix: EventBridge, SNS or SQS down."""
    begun, hangs = threading.Event(), threading.Event()

    def publish(_changes) -> None:
        begun.set()
        hangs.wait()

    publisher = Publisher(publish)
    publisher.start()
    publisher.enqueue(CHANGES[:1])
    assert begun.wait(PATIENCE_S)
    for _ in range(5):
        publisher.enqueue(CHANGES)
    assert publisher._waiting.qsize() == QUEUE_LENGTH
    assert publisher.close(0.1) is False
    hangs.set()


def test_a_failure_of_the_bus_leaves_its_changes_to_the_sweep_and_the_next_go_out():
    failed, published = threading.Event(), []

    def publish(changes) -> None:
        if changes[0] is CHANGES[0]:
            failed.set()
            raise ZeroDivisionError("a bug of ours")
        published.extend(changes)

    publisher = Publisher(publish)
    publisher.start()
    publisher.enqueue(CHANGES[:1])
    assert failed.wait(PATIENCE_S)
    publisher.enqueue(CHANGES[1:2])
    wait_for(lambda: published)
    assert published == CHANGES[1:2]
    assert publisher.close(PATIENCE_S)


def test_what_waits_when_a_process_leaves_still_goes_out():
    published = []
    publisher = Publisher(published.extend)
    publisher.enqueue(CHANGES[:5])
    publisher.start()
    assert publisher.close(PATIENCE_S)
    assert published == CHANGES[:5]
