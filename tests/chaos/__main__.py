"""Runs the product's real processes, injects faults, and checks that nothing is lost or repeated."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.faults import choose
from laboratory.local.environment import DATABASES, POSTGRES, SQLITE, make_environment
from laboratory.local.errors import LocalError
from laboratory.local.postgres import find_programs
from laboratory.local.stopping import stop_on_signals
from laboratory.local.var_folder import VarFolder

WriteTable = Callable[[str, dict[str, Any]], str]


def main() -> int:
    """Run the faults; return 0 if every invariant held, else 1."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="swiftlogix-chaos-") as scratch:
        folder = VarFolder(Path(options.var or scratch))
        os.environ.update(make_environment(folder, _choose_database(options)))
        import django

        django.setup()
        try:
            with stop_on_signals():
                report, write = _rehearse(folder, options) if options.game_day else _kill(folder, options)
        finally:
            if not options.var:
                # Started by root, PostgreSQL has its data elsewhere, behind a link.
                shutil.rmtree(folder.postgres.resolve(), ignore_errors=True)
    text = json.dumps(report, indent=2)
    if options.report:
        Path(options.report).write_text(text + "\n")
    if options.table:
        document = Path(options.table)
        document.write_text(write(document.read_text(), report))
    sys.stdout.write(text + "\n")
    return 0 if report["passed"] else 1


def _kill(folder: VarFolder, options: argparse.Namespace) -> tuple[dict[str, Any], WriteTable]:
    """Run the chaos test; return its report, and what writes that into a document."""
    from tests.chaos.fault_injector import SHORT, plan_faults
    from tests.chaos.report import is_sound
    from tests.chaos.run import Options, run
    from tests.chaos.table import replace_table

    faults = SHORT if options.short else list(plan_faults(options.kills))
    kills = sum(fault.lower() == "kill" for fault in faults)
    # An undeleted message comes again after 22 s: twice within the minute that a claim lasts, then after it.
    again_after_s = 22 if options.short else None
    setup = Options(options.rate, options.workers, options.seed, again_after_s)
    report = run(folder, faults, setup, _Progress(kills))
    return report | {"passed": is_sound(report)}, replace_table


def _rehearse(folder: VarFolder, options: argparse.Namespace) -> tuple[dict[str, Any], WriteTable]:
    """Run faults of the game day; return the report with rows of runs before, and what writes its table."""
    from tests.chaos.game_day import list_faults, run
    from tests.chaos.game_table import merge, write_table

    has_postgres = os.environ["DATABASE_URL"].startswith(POSTGRES)
    chosen = list_faults(options.faults, has_postgres=has_postgres)
    report = run(folder, chosen, _Progress(0))
    kept = Path(options.report) if options.report else None
    return merge(json.loads(kept.read_text()) if kept and kept.exists() else {}, report), write_table


def _choose_database(options: argparse.Namespace) -> str:
    """Return the database of the run: PostgreSQL for a game day if it is installed, else SQLite."""
    if options.database or not options.game_day:
        return options.database or SQLITE
    try:
        find_programs()
    except LocalError:
        sys.stderr.write("No PostgreSQL is installed: the fault database-lost is left out.\n")
        return SQLITE
    return POSTGRES


class _Progress:
    """Writes a line per fault to stderr, with the time since the start."""

    def __init__(self, kills: int) -> None:
        self._began_at = time.monotonic()
        self._kills = kills
        self._killed = 0

    def __call__(self, text: str) -> None:
        self._killed += text.lower().startswith("kill ")
        seconds = int(time.monotonic() - self._began_at)
        kills = f"{self._killed}/{self._kills} kills  " if self._kills else ""
        line = f"{seconds // 60:>3}:{seconds % 60:02}  {kills}{text}\n"
        sys.stderr.write(line)
        sys.stderr.flush()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=10, help="number of workers to kill with SIGKILL (default 10)"
    )
    parser.add_argument("--short", action="store_true", help="half a minute with two faults")
    parser.add_argument(
        "--game-day", action="store_true", help="faults and what the alarms say of each, an hour and a half"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAMES",
        help="some faults of the game day, between commas",
    )
    parser.add_argument(
        "--database",
        choices=DATABASES,
        help="default: SQLite; for a game day PostgreSQL where it is installed",
    )
    parser.add_argument(
        "--report",
        help="write the report to this file, as JSON; rows of other faults stay",
    )
    parser.add_argument("--table", metavar="FILE", help="update the report's table in a Markdown document")
    parser.add_argument("--rate", type=float, default=20, help="records put per second (default 20)")
    parser.add_argument(
        "--workers", type=int, default=4, help="number of processes that read the stream (default 4)"
    )
    parser.add_argument("--seed", type=int, default=1, help="random seed (default 1)")
    parser.add_argument("--var", help="folder for data and logs (default: a temporary one)")
    options = parser.parse_args()
    try:
        options.faults = choose(options.only)
    except ValueError as error:
        parser.error(str(error))
    return options


if __name__ == "__main__":
    sys.exit(main())
