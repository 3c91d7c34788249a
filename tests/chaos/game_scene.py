"""Scene of a game day on one machine: the running product, the stream, and an act for each fault."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings

from tests.chaos.environment import ChaosEnvironment
from tests.chaos.retrying import retry_aws
from tests.chaos.traffic import LedgerStream
from tracking.adapters.aws import build_client

# Long enough for the alarms that look at three minutes.
WATCHED_S = 200.0


@dataclass
class Scene:
    """Running product, and the stream that lists in the ledger what it took."""

    environment: ChaosEnvironment
    stream: LedgerStream


class Act(NamedTuple):
    """Fault as it is made on one machine: it lasts as long as the block.

    Where no alarm is expected, it lasts `lasts_s` seconds. `reads_may_fail` says that public reads need what
    the fault takes away.
    """

    make: Callable[[Scene], AbstractContextManager[None]]
    lasts_s: float = WATCHED_S
    reads_may_fail: bool = False


def open_archive() -> None:
    """Make the archive of the bus, which keeps all changes from now on; data.yaml makes it in an account."""
    events: Any = build_client("events")
    name = settings.AWS_NAMES["bus"]
    bus = events.describe_event_bus(Name=name)["Arn"]
    retry_aws(lambda: events.create_archive(ArchiveName=name, EventSourceArn=bus))
