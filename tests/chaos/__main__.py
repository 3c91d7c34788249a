"""`python -m tests.chaos --kills N --report F`: real processes, real faults, a ledger that knows better."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from laboratory.local.environment import make_environment
from laboratory.local.stopping import stop_on_signals
from laboratory.local.var_folder import VarFolder


def main() -> int:
    """Run the storm; 0 when every invariant held, 1 when one broke."""
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="swiftlogix-chaos-") as scratch:
        folder = VarFolder(Path(options.var or scratch))
        os.environ.update(make_environment(folder))
        import django

        django.setup()
        from tests.chaos.report import is_sound
        from tests.chaos.run import Options, run
        from tests.chaos.storm import SHORT, plan_faults
        from tests.chaos.table import replace_table

        faults = SHORT if options.short else list(plan_faults(options.kills))
        kills = sum(fault.lower() == "kill" for fault in faults)
        with stop_on_signals():
            # Three times within the minute for which a claim lasts, and once after it.
            again_after_s = 22 if options.short else None
            setup = Options(options.rate, options.workers, options.seed, again_after_s)
            report = run(folder, faults, setup, _Progress(kills))
    text = json.dumps(report, indent=2)
    if options.report:
        Path(options.report).write_text(text + "\n")
    if options.table:
        document = Path(options.table)
        document.write_text(replace_table(document.read_text(), report))
    sys.stdout.write(text + "\n")
    return 0 if is_sound(report) else 1


class _Progress:
    """A line for each thing that happens, with the time since the start, on stderr."""

    def __init__(self, kills: int) -> None:
        self._began_at = time.monotonic()
        self._kills = kills
        self._killed = 0

    def __call__(self, text: str) -> None:
        self._killed += text.lower().startswith("kill ")
        seconds = int(time.monotonic() - self._began_at)
        line = f"{seconds // 60:>3}:{seconds % 60:02}  {self._killed}/{self._kills} kills  {text}\n"
        sys.stderr.write(line)
        sys.stderr.flush()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="how many workers to kill -9 (default 10)")
    parser.add_argument("--short", action="store_true", help="a minute: one fault of each kind")
    parser.add_argument("--report", help="file that takes the report, as JSON")
    parser.add_argument("--table", metavar="FILE", help="put the report's table into a document")
    parser.add_argument("--rate", type=float, default=20, help="records a second (default 20)")
    parser.add_argument("--workers", type=int, default=4, help="processes that read the stream (default 4)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn by chance (default 1)")
    parser.add_argument("--var", help="folder for data and logs (default: one that is removed)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
