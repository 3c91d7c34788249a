"""Faults that bench recovery injects into a reader: kill, SIGTERM, freeze, and a step that hangs."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from laboratory.bench.hang_switch import hang_for
from laboratory.local.children import Child

FROZEN_S = 20.0
# Longer than 30 s, after which the queue between a peer's reader and its consumer times out.
HANGS_S = 34.0


class ReaderFault(NamedTuple):
    """Fault of a reader process; its shards may stand still for at most `limit_s` seconds.

    `begin` gets the process and the file of its hang switch. A fault with a `duration_s` ends after that many
    seconds by `end`, and the process goes on.
    """

    description: str
    target: str
    limit_s: float
    begin: Callable[[Child, Path], None]
    duration_s: float = 0.0
    end: Callable[[Child], None] = lambda _child: None


def _send(number: signal.Signals) -> Callable[[Child, Path], None]:
    return lambda child, _file: child.send(number)


KILL = ReaderFault("kill -9", "recovery.takeover", 7.0, _send(signal.SIGKILL))
# A deploy hands its leases over, so it must be faster than their expiry.
DEPLOY = ReaderFault("SIGTERM, as a deploy sends it", "recovery.deploy", 1.0, _send(signal.SIGTERM))
FREEZE = ReaderFault(
    f"SIGSTOP, and {FROZEN_S:.0f} s later SIGCONT",
    "recovery.freeze",
    7.0,
    _send(signal.SIGSTOP),
    FROZEN_S,
    lambda child: child.send(signal.SIGCONT),
)
# Its lease renewals stop two seconds after its last sign of life; from then on it is as if it were killed.
HANG = ReaderFault(
    f"a step that hangs for {HANGS_S:.0f} s",
    "recovery.stall",
    9.0,
    lambda _child, file: hang_for(file, HANGS_S),
    HANGS_S,
)
BY_FLAG = {"term": DEPLOY, "stop": FREEZE, "stall": HANG}
