"""Numbers of the case study: claimed, measured, how, and what only an account can show."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

from laboratory.claims.edge_replay import Replayed, replay
from laboratory.claims.looks import Viewing, make_looks, simulate_changes
from laboratory.cost.cases import make_counted_case
from laboratory.cost.idle import WORKING_EVENTS, read_counted
from laboratory.cost.prices import read_prices
from laboratory.cost.report import BEFORE_USD, CostModel

REPORTS = settings.BASE_DIR / "docs" / "bench"
KEPT = settings.BASE_DIR / "docs" / "measured" / "claims.json"
LATENCY_MS, EVENTS_A_DAY, EVENTS_A_S, OFFLOAD, FEWER, CHEAPER = 1_800.0, 5e6, 5_000.0, 0.4, 0.3, 0.7
DAY_S, MONTH_MINUTES, AVAILABILITY = 86_400, 43_800, 0.9999
# Delay that grows by more than this is not held.
HELD_MS_A_S = 1.0
MESSAGES = {"sms_per_shipment": 0.3, "emails_per_shipment": 1.0}
# Vans of the simulated day, and how much faster it passes: four minutes for all reads of it.
VANS, FASTER, SEED = 5, 360.0, 1
SHORT_LOOKS = 100


class Claim(NamedTuple):
    """Claim of the case study. `holds`: whether the measured figure reaches it; None: not shown here."""

    name: str
    claimed: str
    measured: str
    holds: bool | None
    how: str
    only_an_account: str


def measure_edge(looks_at_most: int | None = None, faster: float = FASTER) -> dict[str, Any]:
    """Replay a simulated day's reads, or the first ones, by a cache. Raises `LocalError` without one."""
    looks = make_looks(simulate_changes(VANS, SEED), Viewing(), SEED)[:looks_at_most]
    found = replay(looks, faster)
    return found._asdict() | {"measured_on": datetime.now(UTC).date().isoformat(), "faster": faster}


def list_claims(edge: Mapping[str, Any] | None) -> list[Claim]:
    """Return all claims; `edge` is the result of `measure_edge`, None where no cache is installed."""
    product = _read_report("product")
    return [
        _latency(product),
        _events_a_day(product),
        _events_a_second(product),
        _offload(edge),
        _invocations(),
        _cost(),
        _availability(),
    ]


def read_kept() -> dict[str, Any]:
    """Return the kept result of the replay."""
    return dict(json.loads(KEPT.read_text()))


def _latency(product: Mapping[str, Any]) -> Claim:
    row = _find_row(product, "1,000 events a second")
    screen = _find_row(product, "1,000 events a second, on 1,000 screens")
    return Claim(
        "latency from the stream to the page",
        "1.8 s",
        f"{row['median']:.0f} ms until pushed, {screen['median']:.0f} ms until on the screen (p99)",
        max(row["median"], screen["median"]) <= LATENCY_MS,
        f"bench `product` of {product['started_at'][:10]}: 1,000 events a second, one worker, 1,000 screens",
        "the way from the vehicle to Kinesis, and from CloudFront to a phone",
    )


def _events_a_day(product: Mapping[str, Any]) -> Claim:
    held = _find_held_rate(product)
    return Claim(
        "events a day",
        "5 million",
        f"{held * DAY_S / 1e6:.0f} million, if {held:,.0f} a second last all day",
        held * DAY_S >= EVENTS_A_DAY,
        f"the highest rate whose delay did not grow, bench `product` of {product['started_at'][:10]}; "
        "5 million a day are 58 a second",
        "a day of it",
    )


def _events_a_second(product: Mapping[str, Any]) -> Claim:
    held = _find_held_rate(product)
    cpu_us = _find_row(product, f"{EVENTS_A_S:,.0f} events a second: CPU")["median"]
    cores = EVENTS_A_S * cpu_us / 1e6
    return Claim(
        "events a second in a burst",
        "5,000",
        f"{held:,.0f} on this machine; 5,000 would take {cores:.1f} cores of the role shards",
        held >= EVENTS_A_S,
        f"bench `product` of {product['started_at'][:10]}, two cores for all: {cpu_us:.0f} us an event",
        "two tasks on ten shards, and what the table and the bus refuse ([scaling.md](scaling.md))",
    )


def _offload(edge: Mapping[str, Any] | None) -> Claim:
    claim = Claim(
        "reads that the edge answers",
        "40 %",
        "not measured: no HTTP cache is installed",
        None,
        "`apt-get install --no-install-recommends varnish`, then again",
        "how people really look, and how many edges of CloudFront share the reads",
    )
    if edge is None:
        return claim
    found = Replayed(*(edge[name] for name in Replayed._fields))
    return claim._replace(
        measured=f"{found.offload:.1%} ({found.exact_offload:.1%} by the policy alone)",
        holds=found.offload >= OFFLOAD,
        how=f"{found.reads:,} reads of a simulated day through Varnish on {edge['measured_on']}, "
        f"{edge['faster']:.0f} times as fast",
    )


def _invocations() -> Claim:
    counted = read_counted()
    batches = counted.working["shards DynamoDB BatchGetItem tracking"]
    fewer = 1 - batches / WORKING_EVENTS
    return Claim(
        "fewer invocations",
        "30 %",
        f"{fewer:.0%}: {batches:.0f} batches for 1,000 events",
        fewer >= FEWER,
        f"bench `calls` of {counted.measured_at}: 100 events a second, two shards; against one an event",
        "what the system before really invoked",
    )


def _cost() -> Claim:
    model = CostModel(read_prices(), read_counted())
    base = make_counted_case(model.counted)
    total = model.total(msgspec.structs.replace(base, **MESSAGES))
    return Claim(
        "lower cost",
        "-70 %",
        f"-{1 - total / BEFORE_USD:.0%}: ${total:,.0f} instead of ${BEFORE_USD:,.0f} a month",
        1 - total / BEFORE_USD >= CHEAPER,
        f"`manage.py cost`: 0.3 SMS and 1 e-mail a shipment, 10 shards, prices of {model.prices.seen_on}",
        "a bill",
    )


def _availability() -> Claim:
    chaos = json.loads((REPORTS / "chaos.json").read_text())
    recovery = _find_row(_read_report("recovery"), "ours")
    minutes = MONTH_MINUTES * (1 - AVAILABILITY)
    return Claim(
        "availability",
        "99.99 %",
        f"{chaos['lost']} records lost in {chaos['kills']} kills; "
        f"shards are read again after {recovery['median']:.1f} s",
        None,
        f"chaos run of {chaos['started_at'][:10]}, bench `recovery`; "
        f"the claim leaves {minutes:.1f} minutes a month",
        "the availability itself: balancer, zones, Aurora, Valkey, and deployments of a month",
    )


def _find_held_rate(product: Mapping[str, Any]) -> float:
    """Return the highest rate of the bench whose delay did not grow."""
    growth = ": growth of the delay"
    held = [
        float(row["name"].split()[0].replace(",", ""))
        for row in product["rows"]
        if row["name"].endswith(growth) and row["median"] <= HELD_MS_A_S
    ]
    return max(held, default=0.0)


def _find_row(report: Mapping[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in report["rows"] if row["name"] == name)


def _read_report(name: str) -> dict[str, Any]:
    return dict(json.loads((REPORTS / f"{name}.json").read_text()))


def keep(edge: Mapping[str, Any], file: Path = KEPT) -> None:
    """Write the result of a replay."""
    file.write_text(json.dumps(edge, indent=1) + "\n")
