"""Faults of the bus: a misspelt rule, and changes that are replayed from the archive."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

SOURCE, MISSPELT = "swiftlogix.tracking", "swiftlogix.trackng"
REPLAYED_WITHIN_S = 3600.0


class ReplayError(Exception):
    """Raised when a replay does not end well; the text has its name and state."""


def misspell(pattern: str) -> str:
    """Return the pattern of a rule with a wrong word in it; raises `ValueError` if it would be the same."""
    if SOURCE not in pattern:
        raise ValueError(f"the pattern has no {SOURCE}, so it is misspelt already: {pattern}")
    return pattern.replace(SOURCE, MISSPELT)


@contextmanager
def misspelt_rule(events: Any, bus: str, rule: str) -> Iterator[None]:
    """Let a rule match nothing within the block; its own pattern, state and description are put back."""
    found = events.describe_rule(Name=rule, EventBusName=bus)
    own = {
        "Name": rule,
        "EventBusName": bus,
        "State": found["State"],
        "Description": found.get("Description", ""),
    }
    wrong = misspell(found["EventPattern"])
    try:
        events.put_rule(**own, EventPattern=wrong)
        yield
    finally:
        events.put_rule(**own, EventPattern=found["EventPattern"])


def replay(
    events: Any, bus: str, rules: Sequence[str], since: datetime, until: datetime, pause_s: float
) -> None:
    """Replay what the archive of a bus holds of a time span to these rules, and wait until that is done.

    Arguments: client of EventBridge, names of the bus and of rules, the span, seconds between looks.
    Raises `ReplayError`. If it is interrupted, the replay is cancelled.
    """
    source = events.describe_event_bus(Name=bus)["Arn"]
    archives = events.list_archives(EventSourceArn=source)["Archives"]
    if not archives:
        raise ReplayError(f"The bus {bus} has no archive.")
    archive = events.describe_archive(ArchiveName=archives[0]["ArchiveName"])["ArchiveArn"]
    arns = [events.describe_rule(Name=rule, EventBusName=bus)["Arn"] for rule in rules]
    name = f"game-day-{time.time_ns() // 1_000_000}"
    events.start_replay(
        ReplayName=name,
        EventSourceArn=archive,
        # Changes have whole seconds, so the first and the last second are replayed whole.
        EventStartTime=since.replace(microsecond=0),
        EventEndTime=until.replace(microsecond=0) + timedelta(seconds=1),
        Destination={"Arn": source, "FilterArns": arns},
    )
    ends_at, state = time.monotonic() + REPLAYED_WITHIN_S, "STARTING"
    try:
        while state in {"STARTING", "RUNNING"} and time.monotonic() < ends_at:
            time.sleep(pause_s)
            state = events.describe_replay(ReplayName=name)["State"]
    except KeyboardInterrupt:
        events.cancel_replay(ReplayName=name)
        raise
    if state != "COMPLETED":
        raise ReplayError(f"The replay {name} is {state} after {REPLAYED_WITHIN_S / 60:.0f} minutes or less.")
