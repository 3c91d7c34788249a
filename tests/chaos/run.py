"""One chaos run from start to end: traffic, storm, calm, audit, report."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

import tracking.ports
from laboratory.local.addresses import wait_until
from laboratory.local.seed import seed_partner
from laboratory.local.var_folder import VarFolder
from tests.chaos.audit import Findings, audit, read_kept
from tests.chaos.ledger import Ledger
from tests.chaos.report import describe_run, make_report
from tests.chaos.sink import NAME as SINK_QUEUE
from tests.chaos.sink import Sink
from tests.chaos.stage import Stage
from tests.chaos.storm import Storm
from tests.chaos.traffic import LedgerStream, Traffic
from tests.chaos.witness import Witness
from tracking.adapters.aws import build_client
from tracking.models import Hub
from tracking.services.partners.booking import book_shipment
from tracking.services.requests.bodies import Consent, NewBooking, Promise, Recipient
from tracking.services.requests.callers import Caller

BOOKED = 24
# A listener's message comes again after a minute, and a claim that nobody finished is free after one.
SETTLED_WITHIN_S = 300.0
ROLE_QUEUES = ("readmodel", "notify", "ops")

Tell = Callable[[str], None]


class Options(NamedTuple):
    """How a run is set up: records a second, processes that read the stream, the seed of all chance.

    `again_after_s`: when a message comes again whose receipt was cut off; None as in production.
    """

    rate: float
    workers: int
    seed: int
    again_after_s: int | None = None


def run(folder: VarFolder, faults: Iterable[str], options: Options, tell: Tell) -> dict[str, Any]:
    """Run it all; the report. Nothing is left running, however it ends."""
    stage, ledger, sink = Stage(folder, options.workers), Ledger(), Sink()
    began_at, described = time.monotonic(), describe_run(options._asdict())
    try:
        tell("starting emulator, Redis and roles")
        stage.open()
        if options.again_after_s is not None:
            _hurry_messages(options.again_after_s)
        sink.open()
        stream = LedgerStream(
            settings.AWS_ENDPOINT_URL, settings.AWS_REGION, settings.AWS_NAMES["stream"], ledger
        )
        traffic = Traffic(stream, options.rate, _book(stream, ledger), options.seed)
        stage.wait_until_owned(options.workers)
        traffic.start()
        witness = Witness(stage)
        witness.start()
        storm = Storm(
            stage, ledger, options.seed, lambda text: tell(f"{text}; {len(ledger.read())} records put")
        )
        storm.rage(faults)
        traffic.stop()
        tell(f"calm: {len(ledger.read())} records put, waiting until all is done")
        unsettled = make_snapshot(stage, ledger)
        sink.stop()
        witness.stop()
        tell("audit: the ledger beside the tables")
        findings = audit(ledger, sink.published)
        lost = [*findings.lost, *unsettled]
        findings = Findings(lost, findings.duplicate_effects, [*findings.order_violations, *witness.seen])
        took_s = time.monotonic() - began_at
        return described | make_report(stage, storm.toll, findings, ledger, sink, took_s)
    finally:
        stage.close()


def make_snapshot(stage: Stage, ledger: Ledger) -> list[str]:
    """Wait until all is read, told and taken; what never was."""
    if not wait_until(lambda: _is_read(stage, ledger), SETTLED_WITHIN_S, every_s=0.5):
        return ["the stream was not read to its end"]
    if not wait_until(_is_told, SETTLED_WITHIN_S, every_s=1.0):
        return ["changes or messages are still waiting"]
    return []


def _is_read(stage: Stage, ledger: Ledger) -> bool:
    done = {lease.entry: int(lease.checkpoint_sequence or 0) for lease in stage.read_leases()}
    return all(int(entry.sequence) <= done[f"shard#{entry.shard_id}"] for entry in ledger.read())


def _is_told() -> bool:
    sqs = build_client("sqs")
    names = [SINK_QUEUE, *(settings.AWS_NAMES["queues"][name] for name in ROLE_QUEUES)]
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    try:
        for name in names:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
            if any(int(count) for count in depth.values()):
                return False
    except (BotoCoreError, ClientError):
        return False
    return not read_kept().pending


def _hurry_messages(again_after_s: int) -> None:
    """Let no message of the roles wait longer, once it was received and not deleted."""
    sqs = build_client("sqs")
    for name in ROLE_QUEUES:
        url = sqs.get_queue_url(QueueName=settings.AWS_NAMES["queues"][name])["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(again_after_s)})


def _book(stream: LedgerStream, ledger: Ledger) -> list[str]:
    """Bookings through the product's own service, whose records the ledger takes down as well."""
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
