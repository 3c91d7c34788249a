"""Mutation testing: changes one place of a module at a time and says which changes the tests notice.

Each mutant is written into a private copy of the tree, and the tests of its module run there until one fails.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from mutation.operators import Mutant, apply, find_mutants
from mutation.runs import UNMUTATED, Limit, load_libraries, run_tests
from mutation.scope import AREAS, list_tests

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = shutil.ignore_patterns(
    ".venv", ".git", "var", "build", "node_modules", "__pycache__", ".*_cache"
)


def main() -> int:
    """Try a sample of the mutants of each module; exit code 1 when too few of them are killed."""
    options = _read_options()
    load_libraries()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
        for area in options.area or AREAS:
            for module in AREAS[area]:
                if options.module in module:
                    results += _try_module(tree, area, module, options)
                    options.out.write_text(json.dumps(_sum_up(results, options.seed), indent=1) + "\n")
    report = _sum_up(results, options.seed)
    sys.stdout.write(json.dumps(report["areas"], indent=1) + "\n")
    shares = [area["killed_pct"] for area in report["areas"].values()]
    return int(min(shares, default=100.0) < options.least_pct)


def _try_module(tree: Path, area: str, module: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    source = (tree / module).read_bytes()
    mutants = find_mutants(module, source)
    chance = random.Random(f"{options.seed}/{Path(module).name}")  # noqa: S311 - a sample, no secret
    sample = sorted(chance.sample(range(len(mutants)), min(options.sample, len(mutants))))
    if not sample:
        return []
    tests = [path for path in list_tests(area, module) if (tree / path).exists()]
    usual = run_tests(tree, tests, UNMUTATED, keep_bytecode=True)
    if usual.exit_code != 0:
        sys.exit(f"{module}: its tests fail unmutated\n" + (tree.parent / "output.txt").read_text()[-2000:])
    limit = Limit(int(3 * usual.cpu_s + 10), 10 * usual.elapsed_s + 60)
    return [_try_mutant(tree, area, mutants[number], source, tests, limit) for number in sample]


def _try_mutant(
    tree: Path, area: str, mutant: Mutant, source: bytes, tests: list[str], limit: Limit
) -> dict[str, Any]:
    file = tree / mutant.module
    kept = file.stat()
    file.write_bytes(apply(mutant, source))
    run = run_tests(tree, tests, limit)
    file.write_bytes(source)
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    outcome = {0: "survived", None: "timeout"}.get(run.exit_code, "killed")
    sys.stdout.write(f"{outcome:9}{mutant.module}:{mutant.line} {mutant.operator}: {_shown(mutant)}\n")
    sys.stdout.flush()
    record = {name: getattr(mutant, name) for name in ("module", "line", "operator", "before", "after")}
    return {"area": area, **record, "outcome": outcome, "cpu_s": round(run.cpu_s, 1)}


def _shown(mutant: Mutant) -> str:
    before, after = (" ".join(text.split())[:70] for text in (mutant.before, mutant.after))
    return f"{before} -> {after}"


def _sum_up(results: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Return the shares of killed mutants by area, and every mutant; a timeout counts as killed."""
    areas = {}
    for area in AREAS:
        outcomes = Counter(row["outcome"] for row in results if row["area"] == area)
        if tried := outcomes.total():
            share = 100 * (tried - outcomes["survived"]) / tried
            areas[area] = {
                "mutants": tried,
                "survived": outcomes["survived"],
                "timeouts": outcomes["timeout"],
            }
            areas[area]["killed_pct"] = round(share, 1)
    return {"seed": seed, "areas": areas, "mutants": results}


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--area", choices=AREAS, action="append", help="only this one; may be repeated")
    parser.add_argument("--module", default="", help="only modules whose path holds this text")
    parser.add_argument("--sample", type=int, default=15, help="mutants a module")
    parser.add_argument("--seed", type=int, default=1, help="chooses the sample")
    parser.add_argument("--least-pct", type=float, default=0.0, help="the share each area has to reach")
    parser.add_argument("--out", type=Path, default=Path("mutants.json"), help="the report as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
