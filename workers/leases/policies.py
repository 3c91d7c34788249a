"""How long is how long: the times of the lease protocol, in seconds."""

# A keeper renews what its process holds, and looks at what others hold.
RENEW_EVERY_S = 1.0
LOOK_EVERY_S = 0.5
# A worker's row outlives it by so long.
WORKER_ROW_KEPT_S = 3600
# A slot of a queue may wait a little longer than a shard.
LISTENER_LOOK_EVERY_S = 2.0
# No two keepers shall look in step.
LOOK_JITTER = 0.2
# A keeper looks once a lease may be taken, and up to so much later, lest all of them ask for it at once.
TAKE_JITTER_S = 0.05
AUDIT_EVERY_S = 30.0

# A lease that has not moved for so long, by the watcher's own clock, may be taken.
EXPIRES_AFTER_S = 5.0
# One that has stood still for longer was left by those with room for it below their share: perhaps they have
# only just started, and cannot know yet. Long enough for nearly whoever looks later to have been first.
OVERDUE_AFTER_S = 5.4
# The owner stops reading and writing earlier than that, counted from before its last renewal was sent.
FENCE_AFTER_S = 4.0
# A holder that has not ticked for so long is stuck, and is not renewed any more.
WEDGED_AFTER_S = 2.0
# A listener waits for its queue and calls services that wait for others; two owners of a slot do no harm.
LISTENER_WEDGED_AFTER_S = 30.0

# A stint ends after so long, and the next begins at its checkpoint.
SHARD_CONSUMER_MAX_S = 900.0
LISTENER_MAX_S = 60.0
# Nobody hands over a shard that it has only just begun to read.
HANDOVER_AFTER_S = 60.0
# What a commit in hand gets to finish when its process is asked to leave.
DRAIN_S = 0.8
# A process of stints is gone by then, whatever hangs; it owns nothing any more.
EXIT_WITHIN_S = 2.2
