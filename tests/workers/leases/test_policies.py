"""Times of the lease protocol, as they depend on each other."""

from workers.leases import policies


def test_an_owner_misses_three_renewals_before_it_is_fenced_and_is_fenced_a_second_before_it_is_replaced():
    renewals = policies.FENCE_AFTER_S / policies.RENEW_EVERY_S
    left_s = policies.EXPIRES_AFTER_S - policies.FENCE_AFTER_S
    assert (renewals, left_s) == (4.0, 1.0)


def test_a_lease_is_overdue_only_after_most_processes_could_have_taken_it_within_their_share():
    longest_interval_s = policies.CHECK_EVERY_S * (1 + policies.CHECK_JITTER)
    wait_s = policies.OVERDUE_AFTER_S - policies.EXPIRES_AFTER_S
    assert policies.TAKE_JITTER_S < wait_s < longest_interval_s


def test_a_stuck_run_is_replaced_within_seven_seconds_and_its_lease_is_not_renewed_until_the_fence():
    assert policies.WEDGED_AFTER_S + policies.EXPIRES_AFTER_S == 7.0
    assert policies.RENEW_EVERY_S < policies.WEDGED_AFTER_S < policies.FENCE_AFTER_S


def test_a_draining_process_owns_nothing_before_it_must_exit_and_exits_before_it_is_replaced():
    drain_s, exit_s = policies.DRAIN_S, policies.EXIT_WITHIN_S
    assert 0 < drain_s < policies.RENEW_EVERY_S < exit_s < policies.EXPIRES_AFTER_S
    # Of the time left after the drain, one call to the table may take a second.
    assert exit_s - drain_s > 1.0


def test_the_row_of_a_worker_expires_an_hour_after_its_last_write():
    assert policies.WORKER_ROW_KEPT_S == 60 * 60


def test_a_queue_slot_is_checked_less_often_than_a_shard_and_taken_within_twelve_seconds_of_a_renewal():
    longest_interval_s = policies.LISTENER_CHECK_EVERY_S * (1 + policies.CHECK_JITTER)
    assert policies.LISTENER_CHECK_EVERY_S > policies.CHECK_EVERY_S
    assert policies.EXPIRES_AFTER_S + longest_interval_s + policies.TAKE_JITTER_S < 12.0


def test_a_queue_slot_is_renewed_half_as_often_as_a_shard_and_does_not_expire_by_one_missed_renewal():
    assert policies.LISTENER_RENEW_EVERY_S == 2 * policies.RENEW_EVERY_S
    assert 2 * policies.LISTENER_RENEW_EVERY_S < policies.EXPIRES_AFTER_S
