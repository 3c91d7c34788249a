"""Makes the report of a bench: one JSON object of a fixed shape, and the same as lines of text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laboratory.bench.machine import describe_machine, read_commit, read_own_versions
from laboratory.bench.plan import Options, Plan, Ratio, Results, Row, Sample, Span
from laboratory.bench.rounds import Rounds, compute_results, compute_span

SCHEMA_NAME = "swiftlogix.bench/1"
SCHEMA = Path(__file__).with_name("report.schema.json")
DIGITS = 6


def make_report(
    plan: Plan, options: Options, rounds: Rounds, started_at: datetime, load: tuple[float, float]
) -> dict[str, Any]:
    """Return the report as plain data; if `void_reasons` is not empty, the whole run does not count."""
    results = compute_results(plan, rounds.good)
    commit, dirty = read_commit()
    return {
        "schema": SCHEMA_NAME,
        "bench": plan.name,
        "started_at": started_at.astimezone(UTC).isoformat(timespec="seconds"),
        "seed": options.seed,
        "commit": commit,
        "dirty": dirty,
        "machine": describe_machine()
        | {
            "load_before": load[0],
            "load_after": load[1],
            "calibration_us": [round(value) for value in rounds.calibration_us],
        },
        "versions": {"ours": read_own_versions()} | plan.versions,
        "config": plan.config
        | {
            "rounds": options.rounds,
            "quick": options.quick,
            "good_rounds": len(rounds.good),
            "rejected_rounds": rounds.rejected,
        },
        "rows": [row for one in plan.rows for row in _rows(one, results.samples[one.name])],
        "control": {
            "a": plan.control[0],
            "b": plan.control[1],
            "spread_ratio": _short(results.control_spread),
        },
        "ratios": [_ratio(ratio) for ratio in results.ratios],
        "fits": [_fit(fit) for fit in results.fits],
        "targets": _targets(plan, results) if rounds.good else [],
        "void_reasons": _void_reasons(plan, options, rounds, results),
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Write the report as indented JSON, so that two reports can be compared line by line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def format_report(report: dict[str, Any]) -> Iterator[str]:
    """Yield the report as lines of text for the console."""
    yield "with " + ", ".join(f"{name} {value}" for name, value in report["config"].items())
    for row in report["rows"]:
        why = f"  VOID: {row['void_reason']}" if row["void_reason"] else ""
        span = f"{row['median']:>12.5g} {row['unit']}  ({row['min']:.5g} to {row['max']:.5g})"
        yield f"{row['name']:58} {span}{why}"
    yield f"control: {report['control']['spread_ratio']:.3g} x"
    for ratio in report["ratios"]:
        beyond = "" if ratio["beyond_control"] else "  (within the control)"
        yield f"{ratio['peer']} costs {ratio['median']:.3g} x {ratio['ours']}{beyond}"
    for target in report["targets"]:
        verdict = "met   " if target["met"] else "MISSED"
        yield f"{verdict} {target['id']}: {target['wanted']}; got {target['got']}"
    for reason in report["void_reasons"]:
        yield f"VOID: {reason}"


def _rows(row: Row, samples: list[Sample]) -> Iterator[dict[str, Any]]:
    """Yield the row itself, then one row for each quantity measured beside it."""
    void = next((sample.void_reason for sample in samples if sample.void_reason), None)
    yield _row(row, row.name, row.unit, [sample.value for sample in samples]) | {
        "phases": _medians([sample.phases for sample in samples]),
        "counts": samples[-1].counts if samples else {},
        "void_reason": void,
    }
    for name in samples[-1].beside if samples else ():
        values = [sample.beside[name] for sample in samples if name in sample.beside]
        yield _row(row, f"{row.name}: {name}", values[0].unit, [value.value for value in values])


def _row(row: Row, name: str, unit: str, values: list[float]) -> dict[str, Any]:
    return {
        "name": name,
        "role": row.role,
        "unit": unit,
        "samples": [_short(value) for value in values],
        **_span(compute_span(values)),
        "phases": {},
        "counts": {},
        "void_reason": None,
    }


def _medians(phases: list[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for one in phases for name in one)
    return {name: _short(compute_span(one.get(name, 0.0) for one in phases).median) for name in names}


def _span(span: Span) -> dict[str, float]:
    return {"median": _short(span.median), "min": _short(span.min), "max": _short(span.max)}


def _ratio(ratio: Ratio) -> dict[str, Any]:
    return {
        "ours": ratio.ours,
        "peer": ratio.peer,
        **_span(ratio.span),
        "beyond_control": ratio.beyond_control,
    }


def _fit(fit: Any) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in fit._asdict().items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value


def _targets(plan: Plan, results: Results) -> list[dict[str, Any]]:
    judged = [(target, target.judge(results)) for target in plan.targets]
    return [
        {"id": target.id, "wanted": target.wanted, "got": got, "met": met} for target, (got, met) in judged
    ]


def _void_reasons(plan: Plan, options: Options, rounds: Rounds, results: Results) -> list[str]:
    reasons = [
        f"{row.name}: {sample.void_reason}"
        for row in plan.rows
        for sample in results.samples[row.name]
        if sample.void_reason
    ]
    if len(rounds.good) < options.rounds:
        reasons.append(f"only {len(rounds.good)} good rounds of {options.rounds}")
    return list(dict.fromkeys(reasons))


def _short(value: float) -> float:
    """Round to six significant digits; more would be noise."""
    return float(f"{value:.{DIGITS}g}")
