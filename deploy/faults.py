"""Faults of a game day in words: how each is made, the alarm that has to go on, its effect, the way back.

One list for the rehearsal on one machine (`tests/chaos/`) and in an account (`deploy/game_day.py`).
"""

from collections.abc import Collection
from typing import NamedTuple


class Made(NamedTuple):
    """Way in which a fault is made in one place.

    Any one of `alarms` has to go on; if there are none, no alarm may, but those that are `tolerated`.
    """

    how: str
    alarms: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()

    def is_met_by(self, raised: Collection[str]) -> bool:
        """Return whether the right alarms went on."""
        return bool(self.alarms.intersection(raised)) if self.alarms else self.tolerated.issuperset(raised)


# A batch that waits makes the pushes of its changes late; each looks at ten minutes.
LATE_PUSHES = frozenset({"push-promise", "push-latency", "customers-affected"})


def _quiet(how: str) -> Made:
    """Return a fault of one machine that no alarm tells of; its cores are shared, so pushes may be late."""
    return Made(how, frozenset(), LATE_PUSHES)


class Fault(NamedTuple):
    """Fault in words; if no account can have it, `account` is the reason. `runbook` is the page to read."""

    name: str
    title: str
    local: Made
    account: Made | str
    effect: str
    restore: str
    runbook: str


READING_LATE = frozenset({"read-lag", "iterator-age", "iterator-age-early", "shards-unread"})
NOTIFY_CUT_OFF = frozenset({"misrouted-notify", "canary-missing"})

FAULTS = (
    Fault(
        "worker-killed",
        "one worker is killed",
        _quiet("SIGKILL to one of two"),
        Made("`ecs stop-task` of one task of `shards`"),
        "nothing: others take its shards over",
        "none: ECS starts another task; on one machine the rehearsal starts the process",
        "tasks-missing",
    ),
    Fault(
        "workers-killed",
        "all workers are gone",
        Made("SIGKILL to both", frozenset({"shards-unread"})),
        Made("`ecs update-service --desired-count 0`, with scaling suspended", frozenset({"shards-unread"})),
        "places stand still",
        "start the role `shards`",
        "shards-unread",
    ),
    Fault(
        "worker-stopped",
        "a worker stands still for 20 s",
        _quiet("SIGSTOP and SIGCONT: it goes on as if it still had its leases, which are fenced"),
        "no API stops a process of Fargate for a while",
        "nothing: the other takes its shards over",
        "none",
        "read-lag",
    ),
    Fault(
        "hot-shard",
        "one key gets most of the records",
        _quiet("80 reports a second of one shipment, beside the other 10"),
        Made(
            "`kinesis put-records` with one key, above what a shard takes",
            frozenset({"stream-throttled"}),
            READING_LATE | LATE_PUSHES,
        ),
        "parcels of the same shard are late while the shard refuses or its reader is behind",
        "find the sender and stop it; more shards do not help one key",
        "stream-throttled",
    ),
    Fault(
        "poison-record",
        "a record that cannot be read",
        _quiet("bytes that are no JSON, put on the stream"),
        Made("`kinesis put-record` of the same bytes"),
        "nothing: it is quarantined, and the records after it are read",
        "none: one record is below the share that makes a ticket",
        "quarantine-share",
    ),
    Fault(
        "poison-message",
        "a message that no listener can read",
        Made("put into the queue `notify`", frozenset({"dead-letters"})),
        Made("`sqs send-message` to the queue `notify`", frozenset({"dead-letters"})),
        "nothing",
        "read it, mend, put it back; here it is taken out, after a check that it is unchanged",
        "dead-letters",
    ),
    Fault(
        "rule-broken",
        "a rule of the bus is misspelt",
        Made("`PutRule` of the rule `notify` with a wrong word", NOTIFY_CUT_OFF),
        Made("`events put-rule` of the rule `notify` with a wrong word", NOTIFY_CUT_OFF),
        "no message about what happens meanwhile; it comes late, after the replay",
        "put the rule back, then replay the time span from the archive for that rule",
        "misrouted-notify",
    ),
    Fault(
        "valkey-emptied",
        "Valkey loses its data",
        _quiet("`FLUSHALL`"),
        Made("`FLUSHALL` by a task of the role `web`", frozenset(), LATE_PUSHES),
        "nothing, or a push that comes when the page asks again",
        "none: all that is there can be made again",
        "valkey-memory",
    ),
    Fault(
        "valkey-lost",
        "Valkey is away",
        Made("SIGTERM; its data are kept", frozenset({"canary-missing"})),
        Made("`elasticache test-failover`: the standby takes over", frozenset(), LATE_PUSHES),
        "pages get no push and ask every few seconds; tasks wait",
        "start it; ElastiCache does so by itself",
        "canary-missing",
    ),
    Fault(
        "geocoder-slow",
        "the geocoder takes 5 s for an answer",
        _quiet(
            "`GEOCODER=amazon`, and the proxy of each worker holds its questions for 5 s and refuses them"
        ),
        "places are offline (`GEOCODER=offline`), so nothing asks Amazon Location",
        "nothing: places have the names of the offline index",
        "none",
        "places-degraded",
    ),
    Fault(
        "dynamodb-throttled",
        "DynamoDB refuses most writes",
        Made("the proxy of each role refuses nine of ten calls", READING_LATE),
        Made(
            "`dynamodb update-table` with a cap of 1 write a second",
            frozenset({"table-throttled"}) | READING_LATE,
        ),
        "places come late",
        "raise the cap again",
        "table-throttled",
    ),
    Fault(
        "archive-replayed",
        "the last hour of changes comes once more",
        _quiet("`StartReplay` of the archive that the rehearsal makes"),
        Made(
            "`events start-replay` for the rules with a queue; partners' own topic is left out",
            frozenset(),
            frozenset({"queue-age"}),
        ),
        "nothing: listeners know what was done",
        "none; `events cancel-replay` ends it",
        "misrouted-notify",
    ),
    Fault(
        "clocks-skewed",
        "devices have wrong clocks",
        Made(
            "each second three reports: 2 h ahead, 5 h 30 min ahead, 3 h behind",
            frozenset({"quarantine-share"}),
        ),
        Made("the same, by `kinesis put-records`, 30 a second", frozenset({"quarantine-share"})),
        "reports from the future are set aside; Indian time sent as UTC is put right",
        "set the clocks; what was set aside is replayed: `quarantine replay`",
        "quarantine-share",
    ),
    Fault(
        "database-lost",
        "the relational database is away",
        Made("SIGINT to PostgreSQL; its data are kept", frozenset({"queue-age", "canary-missing"})),
        Made(
            "`rds failover-db-cluster`; with one instance, `rds reboot-db-instance`",
            frozenset(),
            LATE_PUSHES | {"queue-age", "response-time", "burn-fast", "burn-minutes", "database-connections"},
        ),
        "public reads and recording go on; the console, bookings and messages wait",
        "start it; Aurora does so by itself. Else restore.md",
        "database-connections",
    ),
)


def choose(names: str) -> tuple[Fault, ...]:
    """Return the faults with these names, between commas, in the order of the list; all if none is named.

    Raises `ValueError` that lists the names there are, if one is unknown.
    """
    wanted = set(filter(None, names.split(",")))
    if unknown := wanted - {fault.name for fault in FAULTS}:
        known = ", ".join(fault.name for fault in FAULTS)
        raise ValueError(f"There is no fault {', '.join(sorted(unknown))}. There are: {known}.")
    return tuple(fault for fault in FAULTS if fault.name in wanted or not wanted)
