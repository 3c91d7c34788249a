"""What befalls a reader in bench recovery: killed, sent home, frozen for a while, held up in a step."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from laboratory.bench.hanging import hang_for
from laboratory.local.children import Child

FROZEN_S = 20.0
# Beyond half a minute the queue between a reader and its user gives up, where there is one.
HANGS_S = 34.0


class Strike(NamedTuple):
    """What is done to the reader; its shards may stand still for `within_s` seconds.

    `begin` gets the process and the file by which it hangs. One that lasts has an `end`; the process is back
    after `lasts_s` seconds.
    """

    told: str
    target: str
    within_s: float
    begin: Callable[[Child, Path], None]
    lasts_s: float = 0.0
    end: Callable[[Child], None] = lambda _child: None


def _send(number: signal.Signals) -> Callable[[Child, Path], None]:
    return lambda child, _file: child.send(number)


KILL = Strike("kill -9", "recovery.takeover", 7.0, _send(signal.SIGKILL))
# A deploy hands over, so it must be faster than the expiry of a lease.
DEPLOY = Strike("SIGTERM, as a deploy sends it", "recovery.deploy", 1.0, _send(signal.SIGTERM))
FREEZE = Strike(
    f"SIGSTOP, and {FROZEN_S:.0f} s later SIGCONT",
    "recovery.freeze",
    7.0,
    _send(signal.SIGSTOP),
    FROZEN_S,
    lambda child: child.send(signal.SIGCONT),
)
# Its renewals stop two seconds after its last sign of life; from then on it is as if it had been killed.
STALL = Strike(
    f"a step that hangs for {HANGS_S:.0f} s",
    "recovery.stall",
    9.0,
    lambda _child, file: hang_for(file, HANGS_S),
    HANGS_S,
)
BY_FLAG = {"term": DEPLOY, "stop": FREEZE, "stall": STALL}
