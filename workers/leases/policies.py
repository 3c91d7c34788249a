"""Timing constants of the lease protocol, in seconds."""

# A lease renewer renews the leases of its process, and checks the table for leases it can take.
RENEW_EVERY_S = 1.0
CHECK_EVERY_S = 0.5
# The row of a worker expires this long after its last write.
WORKER_ROW_KEPT_S = 3600
# A slot of a queue may wait longer than a shard, and two owners of one do no harm. So its row is written, and
# looked at, less often: rows cost money while nothing happens.
LISTENER_RENEW_EVERY_S = 2.0
LISTENER_CHECK_EVERY_S = 5.0
LISTENER_OFFER_EVERY_S = 10.0
# Share by which the interval between two checks varies, so that lease renewers do not check in step.
CHECK_JITTER = 0.2
# A lease renewer checks when the next lease expires, plus up to this much, so that not all ask at once.
TAKE_JITTER_S = 0.05
AUDIT_EVERY_S = 30.0

# A lease whose row has not changed for this long, by the watcher's own clock, may be taken.
EXPIRES_AFTER_S = 5.0
# After this long a process takes an expired lease even above its fair share. Processes below their share have
# not taken it, perhaps because they started a moment ago and have not watched it for long enough. The margin
# gives nearly every process that can take it within its share the time to do so.
OVERDUE_AFTER_S = 5.4
# An owner stops reading and writing earlier than that, counted from before its last renewal was sent.
FENCE_AFTER_S = 4.0
# A holder that has not ticked for this long is stuck, and its lease is no longer renewed.
WEDGED_AFTER_S = 2.0
# A listener waits for its queue and for the services it calls. Two owners of one slot do no harm.
LISTENER_WEDGED_AFTER_S = 30.0

# Longest run of a shard consumer; the next run begins at its checkpoint.
SHARD_CONSUMER_MAX_S = 900.0
LISTENER_MAX_S = 60.0
# A run is handed over to another process only after it has lasted this long.
HANDOVER_AFTER_S = 60.0
# Time that a commit in progress gets when its process is asked to exit.
DRAIN_S = 0.8
# A process of shard consumers exits by then even if a thread hangs; it holds no lease any more.
EXIT_WITHIN_S = 2.2
