"""Lines of a month's bill: pure functions from a case to quantities of priced units."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from laboratory.cost.case import HOURS, KB_IN_GB, Case
from laboratory.cost.idle import IdleUse
from laboratory.cost.prices import Price

DAY_H = 24.0
# Months for which a row, the archive of the bus, and a proof are kept.
ROW_MONTHS, ARCHIVE_MONTHS, PROOF_MONTHS = 1.0, 7 / 30, 12.0
RECORD_KB = 25.0
CHANGE_KB, PROOF_KB = 2.0, 80.0
BEAT_VCPU, GB_A_VCPU = 0.25, 2.0
# Sockets that a load balancer unit and a web task carry.
SOCKETS_A_UNIT, SOCKETS_A_TASK = 3_000.0, 2_000.0
# A test compares the first three with the templates.
ALARM_METRICS, COMPOSITES, DASHBOARDS, SERIES, INSIGHT_SERIES = 135.0, 3.0, 1.0, 60.0, 40.0
# Of each policy of target tracking two alarms, by the metrics they read.
TRACKING_ALARM_METRICS = 14.0
FIREWALL_RULES, SECRETS, IMAGES_GB, DATABASE_GB = 3.0, 6.0, 6.0, 20.0
# What an event takes through NAT: its record and its answer. Tables have an endpoint of their own.
NAT_KB_AN_EVENT = 1.0


class Line(NamedTuple):
    """Quantity of one priced unit; `in_design` if the design's own totals contain it."""

    group: str
    price: str
    what: str
    quantity: float
    usd: float
    in_design: bool


class Use(NamedTuple):
    """Pieces of what a price charges: single ones, where its unit is a million or a thousand."""

    price: str
    what: str
    pieces: float
    in_design: bool = True


def work_out_lines(case: Case, prices: Mapping[str, Price], idle: IdleUse) -> list[Line]:
    """Return the lines of a month, in the order of the groups; those that cost nothing are left out."""
    lines = []
    for group, list_uses in GROUPS.items():
        for use in list_uses(case, idle):
            price = prices[use.price]
            if use.pieces:
                quantity = use.pieces / price.multiple
                lines.append(Line(group, use.price, use.what, quantity, quantity * price.usd, use.in_design))
    return lines


def _stream(case: Case, _idle: IdleUse) -> Iterator[Use]:
    # A change is sent at once; positions wait until a record is full.
    messages = case.changes + (case.events - case.changes) / case.events_per_record
    kb = case.event_kb * case.events_per_record
    shard_hours = case.shards * HOURS
    yield Use("kinesis.shard_hours", "shards", shard_hours)
    yield Use("kinesis.put_units", "records", messages * math.ceil(kb / RECORD_KB))
    if case.retention_hours > DAY_H:
        yield Use("kinesis.retention_hours", "retention above a day", shard_hours, in_design=False)
    yield Use("iot.rules", "the rule that stamps the vehicle", messages, in_design=False)
    yield Use("iot.actions", "its record on the stream", messages, in_design=False)
    yield Use("iot.connection_minutes", "vehicles connected", case.vehicles * HOURS * 60, in_design=False)


def _tables(case: Case, idle: IdleUse) -> Iterator[Use]:
    positions = case.events - case.changes
    left_out = positions * (1 - case.history_share)
    of_shipments = positions * (1 - case.vehicle_share)
    indexed = case.changes * case.change_index_units + of_shipments * case.position_index_units
    written = case.events * case.event_write_units + indexed
    if case.capacity_units:
        yield Use("dynamodb.capacity_hours", "fixed write capacity", case.capacity_units * HOURS)
    else:
        yield Use("dynamodb.write_units", "events", written - left_out * case.history_write_units)
    stops = case.vehicle_share
    booked = case.booking_write_units + stops * case.stop_write_units
    yield Use("dynamodb.write_units", "bookings and manifests", case.shipments * booked, in_design=False)
    yield Use(
        "dynamodb.write_units", "leases, which are renewed all the time", idle.write_units, in_design=False
    )
    origin_reads = case.reads * (1 - case.cache_hits)
    read = case.events * case.event_read_units + origin_reads
    yield Use("dynamodb.read_units", "events and public reads", read)
    asked = case.shipments * (case.booking_read_units + stops * case.stop_read_units)
    yield Use("dynamodb.read_units", "bookings and manifests", asked, in_design=False)
    yield Use("dynamodb.read_units", "leases and sweeps", idle.read_units, in_design=False)
    stored_gb = (case.events - left_out) * case.event_stored_kb / KB_IN_GB * ROW_MONTHS
    yield Use("dynamodb.storage", "timelines of 30 days", stored_gb)
    yield Use("dynamodb.recovery", "point-in-time recovery", stored_gb)


def _bus(case: Case, idle: IdleUse) -> Iterator[Use]:
    archived_gb = case.published * CHANGE_KB / KB_IN_GB
    yield Use("events.published", "changes on the bus", case.published)
    yield Use("events.archived", "archive of a week", archived_gb)
    yield Use("s3.storage", "archive of a week, stored", archived_gb * ARCHIVE_MONTHS)
    yield Use("sqs.requests", "changes in the queues", case.published * case.change_sqs_requests)
    yield Use(
        "sqs.requests", "polls of the queues while nothing happens", idle.queue_requests, in_design=False
    )
    yield Use("sns.publishes", "changes for partners' subscriptions", case.published)


def _compute(case: Case, _idle: IdleUse) -> Iterator[Use]:
    web = max(case.web_tasks, math.ceil(case.open_pages / SOCKETS_A_TASK))
    for_burst = math.ceil(case.burst_per_s * case.event_cpu_us / 1e6 / case.shards_vcpu)
    shards = max(case.shards_tasks, for_burst) * case.shards_vcpu
    vcpus = web * case.web_vcpu + shards + case.queues_tasks * case.queues_vcpu + BEAT_VCPU
    yield Use("fargate.vcpu_hours", "tasks of the four roles", vcpus * HOURS)
    yield Use("fargate.gb_hours", "tasks of the four roles", vcpus * GB_A_VCPU * HOURS)
    yield Use("ecr.storage", "thirty images", IMAGES_GB)
    yield Use("secrets.secrets", "secrets", SECRETS)


def _data(case: Case, _idle: IdleUse) -> Iterator[Use]:
    acus = case.acu + (case.database_instances - 1) * case.standby_acu
    yield Use("aurora.acu_hours", "Aurora, writer and standby", acus * HOURS)
    yield Use("aurora.storage", "Aurora, stored", DATABASE_GB)
    yield Use("aurora.io", "Aurora, reads and writes", case.changes * case.change_ios)
    yield Use(f"valkey.{case.valkey_size}_hours", "Valkey, primary and replica", case.valkey_nodes * HOURS)
    proofs = case.shipments * case.proof_share
    yield Use("s3.puts", "proofs of delivery", proofs)
    yield Use("s3.storage", "proofs of a year", proofs * PROOF_KB / KB_IN_GB * PROOF_MONTHS)


def _network(case: Case, _idle: IdleUse) -> Iterator[Use]:
    yield Use("nat.hours", "NAT gateways", case.nat_gateways * HOURS)
    yield Use("nat.gb", "calls through NAT", case.events * NAT_KB_AN_EVENT / KB_IN_GB)
    yield Use("ipv4.hours", "addresses of the NAT gateways", case.nat_gateways * HOURS)
    yield Use("alb.hours", "balancer", HOURS)
    yield Use("alb.lcu_hours", "balancer, open pages", math.ceil(case.open_pages / SOCKETS_A_UNIT) * HOURS)


def _edge(case: Case, _idle: IdleUse) -> Iterator[Use]:
    yield Use("cloudfront.requests", "public reads", case.reads)
    yield Use("cloudfront.gb", "public reads", case.reads * case.read_kb / KB_IN_GB)
    yield Use("waf.acls", "firewall", 1)
    yield Use("waf.rules", "firewall", FIREWALL_RULES)
    yield Use("waf.requests", "firewall, public reads", case.reads)


def _observe(case: Case, _idle: IdleUse) -> Iterator[Use]:
    positions = case.events - case.changes
    traced = case.changes * case.traced_change_share + positions * case.trace_share
    log_gb = (case.events * case.log_kb + case.reads_with_records * case.read_log_kb) / KB_IN_GB
    yield Use("xray.traces", "a share of the changes and of the positions", traced * case.traces_per_event)
    yield Use("logs.ingested", "logs", log_gb)
    yield Use("logs.stored", "logs of 30 days", log_gb)
    yield Use("cloudwatch.metrics", "our metrics", SERIES)
    yield Use("cloudwatch.metrics", "Container Insights", INSIGHT_SERIES, in_design=False)
    yield Use("cloudwatch.alarms", "alarms, by the metrics they read", ALARM_METRICS)
    yield Use(
        "cloudwatch.alarms", "alarms that target tracking makes", TRACKING_ALARM_METRICS, in_design=False
    )
    yield Use("cloudwatch.composites", "composite alarms", COMPOSITES)
    yield Use("cloudwatch.dashboards", "dashboard", DASHBOARDS)


def _notifications(case: Case, _idle: IdleUse) -> Iterator[Use]:
    yield Use(f"sms.{case.sms_route}", "SMS", case.shipments * case.sms_per_shipment)
    yield Use("ses.emails", "e-mails", case.shipments * case.emails_per_shipment)


def _places(case: Case, _idle: IdleUse) -> Iterator[Use]:
    asked = case.events if case.geocoder == "location" else 0.0
    yield Use("location.places", "names of positions", asked)


GROUPS: dict[str, Callable[[Case, IdleUse], Iterator[Use]]] = {
    "stream": _stream,
    "tables": _tables,
    "bus": _bus,
    "compute": _compute,
    "data": _data,
    "network": _network,
    "edge": _edge,
    "observe": _observe,
    "places": _places,
    "notifications": _notifications,
}
