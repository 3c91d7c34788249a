"""The roster: how a process takes leases, what it does with what follows from them, and how it leaves."""

import threading

import pytest

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.duties import GROUP, PlainDuty, Work, work_until_asked
from tracking.domain.errors import TransientError
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.duty import Stop
from workers.leases.held import HeldLease
from workers.leases.ports import Lease
from workers.leases.roster import Roster


@pytest.fixture
def table() -> MemoryLeases:
    leases = MemoryLeases()
    leases.add_missing([Lease(GROUP, f"shard#{name}") for name in "abc"])
    return leases


def make_roster(
    table: MemoryLeases, work: Work = work_until_asked, slots: int = 2
) -> tuple[Roster, PlainDuty]:
    duty = PlainDuty(work)
    return Roster(duty, table, slots, threading.Event(), owner_id="me"), duty


def rows(table: MemoryLeases) -> list[Lease]:
    return table.read_group(GROUP).leases


def test_no_more_stints_run_than_there_are_slots_whoever_starts_them(table):
    roster, _ = make_roster(table)
    first, second, third = rows(table)
    roster.start(first)
    wait_for(lambda: len(roster.read_runs()) == 1)
    task = threading.Thread(target=roster.work, args=(second,), daemon=True)
    task.start()
    wait_for(lambda: len(roster.read_runs()) == 2)
    assert roster.work(third) is False
    roster.drain.set()
    task.join(PATIENCE_S)
    wait_for(lambda: roster.read_runs() == [])
    assert [lease.owner_id for lease in rows(table)] == [None] * 3


def test_a_lease_that_another_was_quicker_to_take_is_left_alone_and_the_slot_stays_free(table):
    roster, _ = make_roster(table, slots=1)
    seen = rows(table)[0]
    taken = table.take(seen, "other")
    assert roster.work(seen) is False
    assert rows(table)[0] == taken
    roster.start(rows(table)[1])
    wait_for(lambda: len(roster.read_runs()) == 1)
    roster.drain.set()


def test_a_stint_whose_time_is_over_begins_anew_at_once_under_the_next_epoch(table):
    epochs = []

    def work(held: HeldLease, stop: Stop) -> list[Lease]:
        epochs.append(held.lease.epoch)
        if len(epochs) == 3:
            held.end(0)
        return []

    roster, duty = make_roster(table, work)
    assert roster.work(rows(table)[0]) is True
    assert (epochs, duty.offered) == ([1, 2, 3], [])


def test_at_the_end_of_a_shard_one_child_is_taken_here_and_the_others_are_offered(table):
    worked = []

    def work(held: HeldLease, stop: Stop) -> list[Lease]:
        worked.append(held.lease.entry)
        held.end(0)
        return rows(table)[1:] if held.lease.entry == "shard#a" else []

    roster, duty = make_roster(table, work)
    roster.work(rows(table)[0])
    assert (worked, duty.offered) == (["shard#a", "shard#b"], [rows(table)[2]])


def test_a_process_that_leaves_releases_and_offers_what_it_held(table):
    roster, duty = make_roster(table)
    roster.start(rows(table)[0])
    wait_for(lambda: len(roster.read_runs()) == 1)
    roster.drain.set()
    wait_for(lambda: duty.offered)
    assert duty.offered == [rows(table)[0]]
    assert (rows(table)[0].owner_id, rows(table)[0].epoch) == (None, 1)
    assert roster.work(rows(table)[0]) is False


def test_what_a_stint_does_not_finish_in_time_is_given_up_for_it_once(table):
    busy = threading.Event()

    def work(held: HeldLease, stop: Stop) -> list[Lease]:
        busy.wait()
        return []

    roster, duty = make_roster(table, work)
    roster.start(rows(table)[0])
    wait_for(lambda: len(roster.read_runs()) == 1)
    roster.drain.set()
    roster.give_up_all()
    assert duty.offered == [rows(table)[0]]
    busy.set()
    wait_for(lambda: roster.read_runs() == [])
    assert duty.offered == [rows(table)[0]]


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug of ours"), TransientError("no connection")])
def test_a_stint_that_fails_gives_its_lease_up_and_is_not_begun_anew_at_once(table, error):
    def work(held: HeldLease, stop: Stop) -> list[Lease]:
        raise error

    roster, duty = make_roster(table, work)
    assert roster.work(rows(table)[0]) is True
    assert (rows(table)[0].owner_id, rows(table)[0].epoch, duty.offered) == (None, 1, [])


def test_the_oldest_stint_is_handed_over_once_it_has_run_for_a_while(table):
    roster, duty = make_roster(table)
    roster.start(rows(table)[0])
    wait_for(lambda: len(roster.read_runs()) == 1)
    roster.hand_over_oldest(min_age_s=60)
    assert roster.read_runs()[0].stop.is_asked() is False
    roster.hand_over_oldest(min_age_s=0)
    wait_for(lambda: duty.offered)
    assert duty.offered == [rows(table)[0]]
