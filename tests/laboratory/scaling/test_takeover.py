"""Simulated fleets: no shard stays without an owner, and the kept results are those of the code."""

import pytest

from laboratory.scaling.simulations import DYING, GROWING, SLOTS, SMALL, read_kept, run_dying, run_growing
from laboratory.scaling.takeover import count_processes, simulate_takeover
from workers.leases.policies import EXPIRES_AFTER_S, OVERDUE_AFTER_S, RENEW_EVERY_S, TAKE_JITTER_S


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("share", [0.1, 1 / 3])
def test_every_lost_shard_is_held_again_soon_after_its_lease_expires(seed, share):
    found = simulate_takeover(30, SLOTS, share, seed)
    assert found.shards_lost > 0
    # The last renewal may be up to a second old when the process dies.
    assert (
        EXPIRES_AFTER_S - RENEW_EVERY_S - 0.5 <= found.taken_last_s <= OVERDUE_AFTER_S + TAKE_JITTER_S + 0.5
    )


def test_a_seed_gives_the_same_fleet_again():
    first = simulate_takeover(20, SLOTS, 0.1, seed=7)
    assert simulate_takeover(20, SLOTS, 0.1, seed=7) == first
    assert simulate_takeover(20, SLOTS, 0.1, seed=8) != first


def test_reads_of_leases_grow_with_the_square_of_the_shards_and_writes_with_the_shards():
    small, large = (simulate_takeover(shards, SLOTS, 0.1) for shards in (20, 80))
    assert large.rows_read_a_s / small.rows_read_a_s == pytest.approx(16, rel=0.25)
    assert large.rows_written_a_s / small.rows_written_a_s == pytest.approx(4, rel=0.15)


def test_processes_have_a_slot_for_each_shard_and_a_fifth_more():
    assert [count_processes(shards, SLOTS) for shards in (10, 100, 1_000)] == [4, 30, 300]


@pytest.mark.parametrize("dying", [one for one in DYING if one.shards == SMALL])
def test_the_kept_results_of_ten_shards_are_found_again(dying):
    assert run_dying(dying) in read_kept()["takeover"]


@pytest.mark.parametrize(("shards", "added"), [one for one in GROWING if one[0] == GROWING[0][0]])
def test_the_kept_result_of_added_processes_is_found_again(shards, added):
    assert run_growing(shards, added) in read_kept()["balance"]
