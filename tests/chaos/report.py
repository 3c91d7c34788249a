"""Makes the report of a chaos run: injected faults, recovery times, violated invariants."""

import os
import statistics
from collections.abc import Sequence
from typing import Any

from tests.chaos.audit import Findings
from tests.chaos.change_counter import ChangeCounter
from tests.chaos.environment import ChaosEnvironment
from tests.chaos.fault_injector import FaultResults
from tests.chaos.ledger import Ledger

MAX_SHOWN = 10


def make_report(
    environment: ChaosEnvironment,
    results: FaultResults,
    findings: Findings,
    ledger: Ledger,
    change_counter: ChangeCounter,
    took_s: float,
) -> dict[str, Any]:
    """Make the figures of the report, with the first violations in words."""
    broken = [*findings.lost, *findings.duplicate_effects, *findings.order_violations, *results.stuck]
    entries = ledger.read()
    return {
        "kills": results.faults["kill"],
        "lost": len(findings.lost) + len(results.stuck),
        "duplicate_effects": len(findings.duplicate_effects),
        "order_violations": len(findings.order_violations),
        "recovery_ms": _percentiles(results.recovery_ms, ("p50", "p99", "max")),
        "bad_weather_recovery_ms": _percentiles(results.failing_calls_recovery_ms, ("p50", "p99", "max")),
        "deploy_gap_ms": _percentiles(results.deploy_gap_ms, ("p50", "p99")),
        "replayed_per_kill": round(sum(results.replayed) / max(1, results.faults["kill"]), 2),
        "records": len(entries),
        "shipments": len(ledger.group_by_shipment()),
        "poison": sum(entry.shipment_id is None for entry in entries),
        "changes": len(change_counter.published),
        "published_again": sum(change_counter.published.values()) - len(change_counter.published),
        "faults": dict(results.faults),
        "weather": {
            kind: sum(proxy.injected[kind] for proxy in environment.proxies)
            for kind in ("throttles", "conflicts", "resets")
        },
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "took_s": round(took_s, 1),
        "broken": broken[:MAX_SHOWN],
    }


def is_sound(report: dict[str, Any]) -> bool:
    """Return whether every invariant held."""
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
