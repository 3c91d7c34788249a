"""Holds a game day in an account: breaks a stage on purpose, and says which alarm told of it.

Each fault lasts until one of the alarms that must tell of it is on, twenty minutes at most; where none must,
five minutes. It is ended whatever happens, also after Ctrl-C, and before it begins the command says how it is
ended by hand. Nothing begins while an alarm is on.
Loss is checked beside it: start the load test first, which reads everything back (docs/game-day.md).
Codes: 0 all as expected, 1 an alarm kept silent or something did not come back, 2 refused, 130 interrupted.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from types import FrameType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.deploy import INTERRUPTED, Conversation
from deploy.faults import FAULTS, Fault, Made, choose
from deploy.game_account import ARCHIVED_AFTER_S, PAUSE_S, Account, RestoreError
from deploy.game_acts import ACTS, AccountAct
from deploy.game_bus import ReplayError
from deploy.one_off import OneOffError
from deploy.plan import Params, RefusedError, read_params
from deploy.release import DONE, FAILED, REFUSED

PRODUCTION = "production"
# A fault that cannot be made as the stage is; the others go on.
NOT_MADE = "not made"
HEADS = ("fault", "alarms that went on, after s", "over after s", "result")
ERRORS = (RestoreError, ReplayError, OneOffError, ValueError, BotoCoreError, ClientError)


class Limits(NamedTuple):
    """Seconds until an expected alarm must be on, of a fault that may raise none, until all alarms are off.

    `pause_s` lies between looks; `archived_after_s` is the time until changes are in the archive.
    """

    raised_within_s: float = 1200.0
    watched_s: float = 300.0
    over_within_s: float = 1200.0
    pause_s: float = PAUSE_S
    archived_after_s: float = ARCHIVED_AFTER_S


USUAL = Limits()


class GameDay:
    """Faults one after the other in an account. `rows` are the results so far, for the table and `--json`."""

    def __init__(
        self,
        account: Account,
        conversation: Conversation,
        limits: Limits,
        acts: Mapping[str, AccountAct] = ACTS,
    ) -> None:
        self._account, self._conversation, self._limits, self._acts = account, conversation, limits, acts
        self.rows: list[dict[str, Any]] = []

    def hold(self, faults: Sequence[Fault], *, is_dry_run: bool) -> int:
        """Make the faults, or only show them; return the code of the end.

        Raises `RefusedError` if an alarm is on before the first.
        """
        if not is_dry_run and (raised := self._account.list_raised()):
            raise RefusedError(
                f"Alarms are on: {', '.join(sorted(raised))}. Begin with a stage that is well."
            )
        for fault in faults:
            self._describe(fault)
            if is_dry_run or isinstance(fault.account, str):
                continue
            if not self._conversation.confirm(f"Make this fault in {self._account.stage}?"):
                continue
            row = self._make(fault, fault.account)
            self.rows.append(row)
            if row["problem"] and not row["problem"].startswith(NOT_MADE):
                self._account.say(f"STOPPED after {fault.name}: {row['problem']}")
                break
        return DONE if all(row["passed"] for row in self.rows) else FAILED

    def _describe(self, fault: Fault) -> None:
        """Say what will happen; raises `RefusedError` if a resource is missing that the fault needs."""
        say, made = self._account.say, fault.account
        say(f"{fault.name}: {fault.title}")
        if isinstance(made, str):
            say(f"  Not made in an account: {made}.")
            return
        names = [self._account.find(*needed) for needed in self._acts[fault.name].needs]
        say(f"  How: {made.how}. It needs {', '.join(names)}.")
        say(f"  Alarm: {' or '.join(sorted(made.alarms)) or 'none'}. Customers: {fault.effect}.")
        say(f"  Way back: {fault.restore}. Page: deploy/runbooks/{fault.runbook}.md")

    def _make(self, fault: Fault, made: Made) -> dict[str, Any]:
        """Let a fault begin and end; return its row."""
        raised: dict[str, int] = {}
        problem, ended_at = "", time.monotonic()
        try:
            with self._acts[fault.name].make(self._account):
                self._watch(made, raised)
                ended_at = time.monotonic()
                self._account.say(f"  Ending it; alarms that went on: {', '.join(raised) or 'none'}.")
            problem = self._wait_until_over()
        except RefusedError as error:
            problem = f"{NOT_MADE}: {error}"
        except ERRORS as error:
            problem = f"{type(error).__name__}: {error}"
        passed = made.is_met_by(raised) and not problem
        self._account.say(f"  {'ok' if passed else 'FAILED'}: {problem or 'over'}.")
        return {
            "fault": fault.name,
            "expected": sorted(made.alarms),
            "raised": raised,
            "over_s": round(time.monotonic() - ended_at),
            "problem": problem,
            "passed": passed,
        }

    def _watch(self, made: Made, raised: dict[str, int]) -> None:
        """Look until an expected alarm is on, or time is over; note in `raised` when each went on."""
        began_at = time.monotonic()
        limit_s = self._limits.raised_within_s if made.alarms else self._limits.watched_s
        while not made.alarms & raised.keys():
            after_s = time.monotonic() - began_at
            for name in sorted(self._account.list_raised() - raised.keys()):
                raised[name] = round(after_s)
                self._account.say(f"  {name} is on after {after_s:.0f} s.")
            if after_s > limit_s:
                return
            time.sleep(self._limits.pause_s)

    def _wait_until_over(self) -> str:
        """Wait until no alarm is on; return what is wrong, empty if nothing is."""
        ends_at = time.monotonic() + self._limits.over_within_s
        while raised := self._account.list_raised():
            if time.monotonic() > ends_at:
                return f"still on: {', '.join(sorted(raised))}"
            time.sleep(self._limits.pause_s)
        return ""


def make_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the results as a table in Markdown."""
    lines = [HEADS, ("---",) * len(HEADS)]
    for row in rows:
        raised = ", ".join(f"{name} {seconds}" for name, seconds in row["raised"].items()) or "none"
        silent = not set(row["expected"]) & row["raised"].keys() if row["expected"] else False
        result = row["problem"] or ("as expected" if row["passed"] else "silent" if silent else "unexpected")
        lines.append((row["fault"], raised, str(row["over_s"]), result))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; ends with code 2 for wrong ones."""
    names = ", ".join(fault.name for fault in FAULTS)
    parser = argparse.ArgumentParser(
        prog="python -m deploy.game_day",
        description=__doc__,
        epilog=f"Faults: {names}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stage", required=True, help="pilot: deploy/params/STAGE.json")
    parser.add_argument("--only", default="", metavar="NAMES", help="some of the faults, between commas")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done to which resources")
    parser.add_argument("--yes", action="store_true", help="agree to each fault beforehand")
    parser.add_argument("--yes-production", action="store_true", help="agree to break what customers use")
    parser.add_argument("--endpoint", metavar="URL", help="an emulator on this machine instead of AWS")
    parser.add_argument("--json", action="store_true", help="print the results as JSON; words go to stderr")
    options = parser.parse_args(arguments)
    try:
        options.faults = choose(options.only)
    except ValueError as error:
        parser.error(str(error))
    if options.endpoint and urlsplit(options.endpoint).hostname not in ("127.0.0.1", "localhost"):
        parser.error("--endpoint is for an emulator on this machine; AWS needs none")
    return options


def read_stage(options: argparse.Namespace) -> Params:
    """Return the parameters of the stage; raises `RefusedError` for production without a word of its own."""
    if options.stage == PRODUCTION and not options.yes_production:
        raise RefusedError("Customers use production. Hold it in pilot, or add --yes-production.")
    return read_params(options.stage)


def open_account(
    options: argparse.Namespace, params: Params, conversation: Conversation, limits: Limits
) -> Account:
    """Return the account of a stage; raises `RefusedError` if the credentials are those of another."""

    @cache
    def client(service: str) -> Any:
        retries = Config(retries={"mode": "standard", "total_max_attempts": 8})
        return boto3.client(service, region_name=params.region, endpoint_url=options.endpoint, config=retries)

    found = client("sts").get_caller_identity()["Account"]
    if found != params.account:
        raise RefusedError(
            f"These credentials are for the account {found}, {params.stage} is {params.account}."
        )
    return Account(params.stage, client, conversation.say, limits.pause_s, limits.archived_after_s)


def main(arguments: Sequence[str] | None = None, params: Params | None = None, limits: Limits = USUAL) -> int:
    """Run the command with its arguments, by default those of the process; return its code.

    `params` replaces the file of the stage.
    """
    options = parse(sys.argv[1:] if arguments is None else arguments)
    conversation = Conversation(agrees=options.yes, as_json=options.json)
    day: GameDay | None = None
    code = REFUSED
    try:
        stage = params or read_stage(options)
        day = GameDay(open_account(options, stage, conversation, limits), conversation, limits)
        code = day.hold(options.faults, is_dry_run=options.dry_run)
    except RefusedError as error:
        conversation.say(f"REFUSED: {error}")
    except (BotoCoreError, ClientError) as error:
        conversation.say(f"FAILED: {error}")
        code = FAILED
    except KeyboardInterrupt:
        conversation.say("Interrupted. The fault was ended, unless the lines above say otherwise.")
        code = INTERRUPTED
    rows = day.rows if day else []
    if rows:
        conversation.say(f"Results:\n{make_table(rows)}")
    if options.json:
        print(json.dumps({"stage": options.stage, "code": code, "faults": rows}))  # noqa: T201
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
