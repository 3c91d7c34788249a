"""The report of a chaos run: what was done to the product, what it cost, and what broke."""

import os
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from laboratory.bench.machine import describe_machine, read_commit
from tests.chaos.audit import Findings
from tests.chaos.ledger import Ledger
from tests.chaos.sink import Sink
from tests.chaos.stage import Stage
from tests.chaos.storm import Toll

SHOWN = 10
TOLD_OF_MACHINE = ("cpu", "cores", "python", "os")


def describe_run(options: Mapping[str, Any]) -> dict[str, Any]:
    """When, from which code, on what machine and with which options a run is made."""
    commit, dirty = read_commit()
    machine = describe_machine()
    return {
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "dirty": dirty,
        "machine": {name: machine[name] for name in TOLD_OF_MACHINE},
        **options,
    }


def make_report(
    stage: Stage, toll: Toll, findings: Findings, ledger: Ledger, sink: Sink, took_s: float
) -> dict[str, Any]:
    """The figures, with the first of whatever is broken in words."""
    broken = [*findings.lost, *findings.duplicate_effects, *findings.order_violations, *toll.stuck]
    entries = ledger.read()
    return {
        "kills": toll.faults["kill"],
        "lost": len(findings.lost) + len(toll.stuck),
        "duplicate_effects": len(findings.duplicate_effects),
        "order_violations": len(findings.order_violations),
        "recovery_ms": _percentiles(toll.recovery_ms, ("p50", "p99", "max")),
        "bad_weather_recovery_ms": _percentiles(toll.bad_weather_recovery_ms, ("p50", "p99", "max")),
        "deploy_gap_ms": _percentiles(toll.deploy_gap_ms, ("p50", "p99")),
        "replayed_per_kill": round(sum(toll.replayed) / max(1, toll.faults["kill"]), 2),
        "records": len(entries),
        "shipments": len(ledger.of_shipments()),
        "poison": sum(entry.shipment_id is None for entry in entries),
        "changes": len(sink.published),
        "published_again": sum(sink.published.values()) - len(sink.published),
        "faults": dict(toll.faults),
        "weather": {
            kind: sum(proxy.done[kind] for proxy in stage.proxies)
            for kind in ("throttles", "conflicts", "resets")
        },
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "took_s": round(took_s, 1),
        "broken": broken[:SHOWN],
    }


def is_sound(report: dict[str, Any]) -> bool:
    """Whether every invariant held."""
    return not (report["lost"] or report["duplicate_effects"] or report["order_violations"])


def _percentiles(values: Sequence[float], names: Sequence[str]) -> dict[str, float | None]:
    if not values:
        return dict.fromkeys(names)
    ordered = sorted(values)
    found = {
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        "max": ordered[-1],
    }
    return {name: round(found[name]) for name in names}
