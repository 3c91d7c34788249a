"""Game day: breaks the running product on purpose; which alarm was raised, how soon, and what was lost?"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings

from laboratory.alarms.watch import EVERY, AlarmWatch
from laboratory.bench.machine import describe_run
from laboratory.local.addresses import wait_until
from laboratory.local.var_folder import VarFolder
from tests.chaos.audit import Findings, audit
from tests.chaos.change_counter import ChangeCounter
from tests.chaos.environment import ChaosEnvironment
from tests.chaos.game_faults import Fault
from tests.chaos.ledger import Ledger
from tests.chaos.report import MAX_SHOWN
from tests.chaos.run import book, shorten_visibility_timeout, wait_until_processed
from tests.chaos.traffic import LedgerStream, Traffic
from workers.ports import ports

WORKERS, RATE, SEED = 2, 10.0, 1
# On AWS it is a minute. A message that fails, or waits for a server, is hidden for as long as there.
AGAIN_AFTER_S = 22
LOOK_EVERY_S = EVERY.total_seconds()
# The slowest alarm looks at ten minutes of canaries, which come every five. A fault that raised none by then
# goes unnoticed.
RAISED_WITHIN_S, QUIET_WITHIN_S = 1200.0, 1200.0

ReportProgress = Callable[[str], None]


class Outcome(NamedTuple):
    """Result of a fault: alarms with the seconds after which each was on, and what was broken.

    `restored_s` is the time from the end of the fault until all records and changes were processed.
    """

    raised: dict[str, int]
    restored_s: int
    broken: list[str]


def run(folder: VarFolder, faults: Iterable[Fault], report_progress: ReportProgress) -> dict[str, Any]:
    """Rehearse the faults one after the other, and return the report; all processes are stopped."""
    environment, ledger, change_counter = ChaosEnvironment(folder, WORKERS), Ledger(), ChangeCounter()
    described = describe_run() | {"workers": WORKERS, "rate": RATE, "visibility_s": AGAIN_AFTER_S}
    began_at = time.monotonic()
    try:
        environment.open()
        shorten_visibility_timeout(AGAIN_AFTER_S)
        change_counter.open()
        game_day = GameDay(environment, ledger, change_counter)
        environment.wait_until_owned(WORKERS)
        rehearsed = []
        for fault in faults:
            rehearsed.append(judge(fault, game_day.rehearse(fault)))
            report_progress(f"{fault.name}: {rehearsed[-1]}")
        took_s = round(time.monotonic() - began_at)
        passed = all(row["passed"] for row in rehearsed)
        figures = {"records": len(ledger.read()), "took_s": took_s, "passed": passed}
        return described | figures | {"faults": rehearsed}
    finally:
        environment.close()


def judge(fault: Fault, outcome: Outcome) -> dict[str, Any]:
    """Return the row of a fault in the report; `passed` if it raised an expected alarm and broke nothing."""
    expected = fault.alarms & outcome.raised.keys() if fault.alarms else not outcome.raised
    return {
        "fault": fault.name,
        "expected": sorted(fault.alarms),
        "raised": outcome.raised,
        "restored_s": outcome.restored_s,
        "broken": outcome.broken[:MAX_SHOWN],
        "passed": bool(expected) and not outcome.broken,
    }


class GameDay:
    """Rehearses faults in an environment that is up, each with traffic of its own."""

    def __init__(self, environment: ChaosEnvironment, ledger: Ledger, change_counter: ChangeCounter) -> None:
        self._environment = environment
        self._ledger = ledger
        self._changes = change_counter
        self._watch = AlarmWatch(environment.log, ports().queues, keeps_samples=True)
        self._stream = LedgerStream(
            settings.AWS_ENDPOINT_URL, settings.AWS_REGION, settings.AWS_NAMES["stream"], ledger
        )
        self._booked = book(self._stream, ledger)
        self._seed = SEED

    def rehearse(self, fault: Fault) -> Outcome:
        """Let the fault begin and end under traffic; return what the alarms said and what was broken."""
        traffic = Traffic(self._stream, RATE, self._booked, self._seed)
        self._booked, self._seed = [], self._seed + 1
        traffic.start()
        quiet = wait_until(lambda: not fault.alarms & self._look(), QUIET_WITHIN_S, LOOK_EVERY_S)
        before = self._look()
        began_at = time.monotonic()
        fault.begin(self._environment)
        raised = self._wait_for_alarms(fault, before, began_at)
        fault.end(self._environment)
        ended_at = time.monotonic()
        owned = self._environment.wait_until_owned(WORKERS)
        traffic.stop()
        unprocessed = wait_until_processed(self._environment, self._ledger)
        restored_s = round(time.monotonic() - ended_at)
        broken = [*unprocessed, *_list_broken(audit(self._ledger, self._changes.published))]
        broken += [] if quiet else ["an alarm was on before"]
        broken += [] if owned else ["shards without an owner"]
        return Outcome(raised, restored_s, broken)

    def _wait_for_alarms(self, fault: Fault, before: set[str], began_at: float) -> dict[str, int]:
        """Look until an expected alarm is on; if none is, until all shards have an owner again."""
        raised: dict[str, int] = {}

        def is_over() -> bool:
            for name in self._look() - before - raised.keys():
                raised[name] = round(time.monotonic() - began_at)
            return bool(fault.alarms & raised.keys())

        if fault.alarms:
            wait_until(is_over, RAISED_WITHIN_S, LOOK_EVERY_S)
        else:
            self._environment.wait_until_owned(WORKERS - 1)
            is_over()
        return raised

    def _look(self) -> set[str]:
        """Return the alarms that are on now."""
        report = self._watch.look(datetime.now(UTC))
        return {alarm.name for alarm in report.alarms if alarm.state == "ALARM"}


def _list_broken(findings: Findings) -> list[str]:
    return [*findings.lost, *findings.duplicate_effects, *findings.order_violations]
