"""Runs a chaos test from start to end: traffic, faults, waiting until all is processed, audit, report."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

import tracking.ports
from laboratory.bench.machine import describe_run
from laboratory.local.addresses import wait_until
from laboratory.local.seed import seed_partner
from laboratory.local.var_folder import VarFolder
from tests.chaos.audit import Findings, audit, read_stored
from tests.chaos.change_counter import NAME as COUNTER_QUEUE
from tests.chaos.change_counter import ChangeCounter
from tests.chaos.environment import ChaosEnvironment
from tests.chaos.fault_injector import FaultInjector
from tests.chaos.lease_monitor import LeaseMonitor
from tests.chaos.ledger import Ledger
from tests.chaos.report import make_report
from tests.chaos.traffic import LedgerStream, Traffic
from tracking.adapters.aws import build_client
from tracking.models import Hub
from tracking.services.partners.booking import book_shipment
from tracking.services.requests.bodies import Consent, NewBooking, Promise, Recipient
from tracking.services.requests.callers import Caller

BOOKED = 24
# A message that was not deleted comes again after a minute, one that waits for a server after up to five.
PROCESSED_WITHIN_S = 600.0
ROLE_QUEUES = ("readmodel", "notify", "ops")

ReportProgress = Callable[[str], None]


class Options(NamedTuple):
    """Options of a run: records per second, number of workers, random seed. The fields go into the report.

    `again_after_s` is the queues' visibility timeout, None for that of production.
    """

    rate: float
    workers: int
    seed: int
    again_after_s: int | None = None


def run(
    folder: VarFolder, faults: Iterable[str], options: Options, report_progress: ReportProgress
) -> dict[str, Any]:
    """Run the chaos test and return its report; all processes are stopped, even after an error."""
    environment, ledger, change_counter = ChaosEnvironment(folder, options.workers), Ledger(), ChangeCounter()
    began_at, described = time.monotonic(), describe_run() | options._asdict()
    try:
        report_progress("starting emulator, Redis and roles")
        environment.open()
        if options.again_after_s is not None:
            shorten_visibility_timeout(options.again_after_s)
        change_counter.open()
        stream = LedgerStream(
            settings.AWS_ENDPOINT_URL, settings.AWS_REGION, settings.AWS_NAMES["stream"], ledger
        )
        traffic = Traffic(stream, options.rate, book(stream, ledger), options.seed)
        environment.wait_until_owned(options.workers)
        traffic.start()
        monitor = LeaseMonitor(environment)
        monitor.start()
        injector = FaultInjector(
            environment,
            ledger,
            options.seed,
            lambda text: report_progress(f"{text}; {len(ledger.read())} records put"),
        )
        injector.inject(faults)
        traffic.stop()
        report_progress(f"no more faults: {len(ledger.read())} records put, waiting until all are processed")
        unprocessed = wait_until_processed(environment, ledger)
        change_counter.stop()
        monitor.stop()
        report_progress("audit: comparing the ledger with the tables")
        findings = audit(ledger, change_counter.published)
        lost = [*findings.lost, *unprocessed]
        findings = Findings(
            lost, findings.duplicate_effects, [*findings.order_violations, *monitor.violations]
        )
        took_s = time.monotonic() - began_at
        return described | make_report(
            environment, injector.results, findings, ledger, change_counter, took_s
        )
    finally:
        environment.close()


def wait_until_processed(environment: ChaosEnvironment, ledger: Ledger) -> list[str]:
    """Wait until all records are read and all messages delivered; return what never was, in words."""
    if not wait_until(lambda: _is_read(environment, ledger), PROCESSED_WITHIN_S, every_s=0.5):
        return ["the stream was not read to its end"]
    if not wait_until(_is_delivered, PROCESSED_WITHIN_S, every_s=1.0):
        return ["changes or messages are still waiting"]
    return []


def _is_read(environment: ChaosEnvironment, ledger: Ledger) -> bool:
    done = {lease.entry: int(lease.checkpoint_sequence or 0) for lease in environment.read_leases()}
    return all(int(entry.sequence) <= done[f"shard#{entry.shard_id}"] for entry in ledger.read())


def _is_delivered() -> bool:
    sqs = build_client("sqs")
    names = [COUNTER_QUEUE, *(settings.AWS_NAMES["queues"][name] for name in ROLE_QUEUES)]
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    try:
        for name in names:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
            if any(int(count) for count in depth.values()):
                return False
    except (BotoCoreError, ClientError):
        return False
    return not read_stored().pending


def shorten_visibility_timeout(again_after_s: int) -> None:
    """Set the visibility timeout of the roles' queues, after which an undeleted message comes again."""
    sqs = build_client("sqs")
    for name in ROLE_QUEUES:
        url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"][name])["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(again_after_s)})


def book(stream: LedgerStream, ledger: Ledger) -> list[str]:
    """Book shipments by the product's own service, with a stream that lists the records in the ledger."""
    ports = replace(tracking.ports.ports(), stream=stream)
    caller = Caller(seed_partner(), livemode=True, actor="chaos")
    hubs = list(Hub.objects.values_list("hub_id", flat=True)[:2])
    booked = [
        book_shipment(ports, caller, _make_booking(number, hubs), datetime.now(UTC)).shipment_id
        for number in range(BOOKED)
    ]
    ledger.booked.update(booked)
    return booked


def _make_booking(number: int, hubs: list[str]) -> NewBooking:
    now = datetime.now(UTC)
    return NewBooking(
        reference=f"chaos-{number}",
        recipient=Recipient(
            name="Asha Example",
            pin_code="560034",
            phone="+919999900001",
            email=f"asha{number}@example.com",
            consent=Consent(sms=True, email=True),
        ),
        origin_hub=hubs[0],
        destination_hub=hubs[1],
        promised=Promise(from_=now + timedelta(hours=2), to=now + timedelta(hours=5)),
    )
