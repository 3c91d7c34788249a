"""Kills the role `queues` at random points while webhooks leave; each change must reach each endpoint.

It runs the real process with the emulator's queue and a database file. A webhook may arrive twice only if its
request had gone out when the process was killed.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.local.environment import make_environment
from laboratory.local.stopping import stop_on_signals
from laboratory.local.var_folder import VarFolder

ENDPOINTS = 5
CHANGES_A_SECOND = 10
TICK_S = 0.2
# The process is killed up to this long after it has begun to send.
KILLED_WITHIN_S = 1.5
# Limits for a condition that never holds, on a busy machine too.
WORKING_WITHIN_S, ARRIVED_WITHIN_S = 180.0, 300.0
SHOWN = 10

Arrivals = Mapping[tuple[int, str], Sequence[float]]


class Findings(NamedTuple):
    """Webhooks that never arrived, that arrived again after a kill, and again without one between."""

    missing: list[str]
    after_kills: list[str]
    unexplained: list[str]


def audit(arrivals: Arrivals, message_ids: Sequence[str], killed_at: Sequence[float]) -> Findings:
    """Compare what has arrived at each endpoint with the webhooks that had to, and with the kills."""
    findings = Findings([], [], [])
    for endpoint in range(ENDPOINTS):
        for message_id in message_ids:
            times, name = arrivals.get((endpoint, message_id), ()), f"{message_id} to {endpoint}"
            if not times:
                findings.missing.append(name)
            for first, again in pairwise(times):
                is_explained = any(first <= at <= again for at in killed_at)
                (findings.after_kills if is_explained else findings.unexplained).append(name)
    return findings


def main() -> int:
    """Run the kills; return 0 if nothing is missing and every repeat is explained, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=3, help="number of kills (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="random seed (default 1)")
    parser.add_argument("--report", type=Path, help="write the report to this file, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="swiftlogix-kills-") as scratch, stop_on_signals():
        folder = VarFolder(Path(scratch))
        os.environ.update(make_environment(folder) | {"WEBHOOKS_ALLOW_LOOPBACK": "1"})
        import django

        django.setup()
        report = _run(folder, options.kills, random.Random(options.seed))
    text = json.dumps(report, indent=2) + "\n"
    if options.report:
        options.report.write_text(text)
    sys.stdout.write(text)
    return 1 if report["missing"] or report["unexplained_repeats"] else 0


def _run(folder: VarFolder, kills: int, chance: random.Random) -> dict[str, Any]:
    from laboratory.bench.webhook_receivers import Receivers
    from tests.chaos.queues_process import QueuesProcess, open_environment, store_endpoints

    began_at, killed_at = time.monotonic(), []
    with ExitStack() as stack:
        receivers = stack.enter_context(Receivers())
        roles = stack.enter_context(open_environment(folder))
        store_endpoints(receivers, ENDPOINTS)
        traffic = stack.enter_context(_put_changes())
        queues = QueuesProcess(roles["queues"])
        stack.callback(queues.stop)
        for number in range(kills):
            known = len(receivers.arrivals)
            _wait(lambda known=known: len(receivers.arrivals) > known, WORKING_WITHIN_S)
            time.sleep(chance.uniform(0, KILLED_WITHIN_S))
            killed_at.append(queues.kill_and_restart())
            sys.stderr.write(f"kill {number + 1} of {kills}\n")
        message_ids = traffic()
        wanted = len(message_ids) * ENDPOINTS
        _wait(lambda: len(receivers.arrivals) >= wanted and not queues.count_waiting(), ARRIVED_WITHIN_S)
        findings = audit(receivers.arrivals, message_ids, killed_at)
    return {
        "kills": kills,
        "changes": len(message_ids),
        "endpoints": ENDPOINTS,
        "missing": len(findings.missing),
        "repeats_after_kills": len(findings.after_kills),
        "unexplained_repeats": len(findings.unexplained),
        "took_s": round(time.monotonic() - began_at, 1),
        "broken": [*findings.missing, *findings.unexplained][:SHOWN],
    }


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until the condition holds; the audit shows what is wrong if it never does."""
    from laboratory.local.addresses import wait_until

    wait_until(condition, seconds)


@contextmanager
def _put_changes() -> Iterator[Callable[[], list[str]]]:
    """Put changes on the queue meanwhile; yield what stops that and returns the ids of their webhooks."""
    from laboratory.bench.webhook_changes import record_parcel
    from tests.chaos.queues_process import PARTNER_ID, put_on_queue
    from tracking.ports import ports

    make_change = record_parcel(ports().store, datetime.now(UTC))
    over, message_ids = threading.Event(), []

    def run() -> None:
        while not over.wait(TICK_S):
            names = [f"kills-{len(message_ids) + one}" for one in range(int(CHANGES_A_SECOND * TICK_S))]
            put_on_queue([make_change(name, PARTNER_ID, time.time()) for name in names])
            message_ids.extend(f"msg_{name}" for name in names)

    thread = threading.Thread(target=run, name="traffic", daemon=True)
    thread.start()

    def stop() -> list[str]:
        over.set()
        thread.join()
        return message_ids

    try:
        yield stop
    finally:
        stop()


if __name__ == "__main__":
    sys.exit(main())
