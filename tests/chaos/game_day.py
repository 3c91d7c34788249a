"""Game day: breaks the running product on purpose; which alarm was raised, how soon, and what was lost?"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, connections

from deploy.faults import Fault, Made
from deploy.game_bus import ReplayError
from laboratory.alarms.watch import EVERY, AlarmWatch
from laboratory.bench.machine import describe_run
from laboratory.local.addresses import wait_until
from laboratory.local.var_folder import VarFolder
from tests.chaos.audit import Findings, audit
from tests.chaos.change_counter import ChangeCounter
from tests.chaos.environment import ROLES as CHAOS_ROLES
from tests.chaos.environment import ChaosEnvironment
from tests.chaos.game_faults import ACTS
from tests.chaos.game_scene import Act, Scene, open_archive
from tests.chaos.ledger import Ledger
from tests.chaos.public_reads import PublicReads
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

# Changes of a minute and a half lie in the archive, and on the queues, when a fault begins.
BEFORE_S = 90.0
NEEDS_POSTGRES = "database-lost"
ROLES = (*CHAOS_ROLES, "web")

ReportProgress = Callable[[str], None]


class Outcome(NamedTuple):
    """Result of a fault: alarms with the seconds after which each was on, and what was broken.

    `restored_s` is the time from the end of the fault until all records and changes were processed; `reads`
    and `failed_reads` count the public answers that were asked for, and that did not come.
    """

    raised: dict[str, int]
    restored_s: int
    broken: list[str]
    reads: int = 0
    failed_reads: int = 0


def list_faults(chosen: Iterable[Fault], *, has_postgres: bool) -> list[Fault]:
    """Return the faults that can be made on this machine."""
    return [
        fault for fault in chosen if fault.name in ACTS and (has_postgres or fault.name != NEEDS_POSTGRES)
    ]


def run(folder: VarFolder, faults: Iterable[Fault], report_progress: ReportProgress) -> dict[str, Any]:
    """Rehearse the faults one after the other, and return the report; all processes are stopped."""
    environment = ChaosEnvironment(folder, WORKERS, ROLES)
    ledger, change_counter = Ledger(), ChangeCounter()
    described = describe_run() | {"workers": WORKERS, "rate": RATE, "visibility_s": AGAIN_AFTER_S}
    described["database"] = connection.vendor
    began_at = time.monotonic()
    try:
        environment.open()
        shorten_visibility_timeout(AGAIN_AFTER_S)
        open_archive()
        change_counter.open()
        game_day = GameDay(environment, ledger, change_counter)
        environment.wait_until_owned(WORKERS)
        rehearsed = []
        for fault in faults:
            rehearsed.append(judge(fault, game_day.rehearse(fault)))
            report_progress(str(rehearsed[-1]))
        took_s = round(time.monotonic() - began_at)
        passed = all(row["passed"] for row in rehearsed)
        figures = {"records": len(ledger.read()), "took_s": took_s, "passed": passed}
        return described | figures | {"faults": rehearsed}
    finally:
        environment.close()


def judge(fault: Fault, outcome: Outcome) -> dict[str, Any]:
    """Return the row of a fault in the report; `passed` if the right alarms went on, nothing broke."""
    return {
        "fault": fault.name,
        "expected": sorted(fault.local.alarms),
        "raised": outcome.raised,
        "restored_s": outcome.restored_s,
        "reads": outcome.reads,
        "failed_reads": outcome.failed_reads,
        "broken": outcome.broken[:MAX_SHOWN],
        "passed": fault.local.is_met_by(outcome.raised) and not outcome.broken,
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
        self._shown = self._booked[0]
        self._seed = SEED

    def rehearse(self, fault: Fault) -> Outcome:
        """Let the fault begin and end under traffic; return what the alarms said and what was broken."""
        act, made = ACTS[fault.name], fault.local
        traffic, reads = Traffic(self._stream, RATE, self._booked, self._seed), PublicReads(self._shown)
        self._booked, self._seed = [], self._seed + 1
        traffic.start()
        quiet = wait_until(lambda: not made.alarms & self._look(), QUIET_WITHIN_S, LOOK_EVERY_S)
        time.sleep(BEFORE_S)
        reads.start()
        before = self._look()
        raised: dict[str, int] = {}
        broken = []
        try:
            with act.make(Scene(self._environment, self._stream)):
                self._wait_for_alarms(act, made, before, raised)
        except (ValueError, ReplayError) as error:
            broken.append(f"{type(error).__name__}: {error}")
        ended_at = time.monotonic()
        owned = self._environment.wait_until_owned(WORKERS)
        traffic.stop()
        unprocessed = wait_until_processed(self._environment, self._ledger)
        restored_s = round(time.monotonic() - ended_at)
        reads.stop()
        connections.close_all()
        broken += [*unprocessed, *_list_broken(audit(self._ledger, self._changes.published))]
        broken += [] if quiet else ["an alarm was on before"]
        broken += [] if owned else ["shards without an owner"]
        broken += [] if act.reads_may_fail else [f"public read: {each}" for each in reads.failed]
        return Outcome(raised, restored_s, broken, reads.asked, len(reads.failed))

    def _wait_for_alarms(self, act: Act, made: Made, before: set[str], raised: dict[str, int]) -> None:
        """Look until an expected alarm is on; if none is expected, for as long as the act lasts.

        Adds the alarms to `raised`, with the seconds after which each was on.
        """
        began_at = time.monotonic()

        def is_over() -> bool:
            for name in self._look() - before - raised.keys():
                raised[name] = round(time.monotonic() - began_at)
            return bool(made.alarms & raised.keys())

        wait_until(is_over, RAISED_WITHIN_S if made.alarms else act.lasts_s, LOOK_EVERY_S)

    def _look(self) -> set[str]:
        """Return the alarms that are on now."""
        report = self._watch.look(datetime.now(UTC))
        return {alarm.name for alarm in report.alarms if alarm.state == "ALARM"}


def _list_broken(findings: Findings) -> list[str]:
    return [*findings.lost, *findings.duplicate_effects, *findings.order_violations]
