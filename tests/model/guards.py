"""Guards of the two models: the conditions and orders of steps that a search can leave out."""

# Guards of the lease model (`ownership.py`).
LEASE_GUARDS = (
    "take: heartbeat as observed",
    "take: epoch as observed",
    "take: phase is open",
    "expiry: unchanged on the watcher's clock",
    "fence: the owner stops first",
    "fence: counted from before the renewal was sent",
    "fence: counted from before the take was sent",
    "renew: only after a tick",
    "renew: still the owner",
)
# Guards of the stream model (`protocol.py`).
STREAM_GUARDS = (
    "take: phase is open",
    "renew: owner is me",
    "renew: epoch is mine",
    "renew: the checkpoint does not step back",
    "checkpoint: only over what is done",
    "read: from the oldest record on",
    "quarantine: the row before it is done",
    "rows: before the state",
    "rows: a duplicate does not skip the state",
    "state: on its version",
    "state: what lost is folded again",
    "change: only on a row without one",
    "change: in one transaction with the state",
    "repeat: the stream's creation epoch",
    "repeat: by position",
    "repeat: by recent id",
    "repeat: the timeline is folded again",
    "publish: unmarked only once the bus took it",
    "publish: a replay gives back what is pending",
    "publish: the sweeper",
    "deliver: each change is claimed",
    "end: all is committed",
    "end: the children's rows come first",
    "children: every parent has ended",
    "children: the audit adds what is missing",
)
