"""Process of the role `queues` that is killed, with the emulator, Redis, database and beat that it needs."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from laboratory.bench.webhook_load import Kind
from laboratory.bench.webhook_receivers import Receivers
from laboratory.local.children import Child, Program, start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.environment import parse_password, parse_port
from laboratory.local.redis_server import describe_redis
from laboratory.local.roles import describe_roles
from laboratory.local.stack import apply_stack
from laboratory.local.var_folder import VarFolder
from notifications.webhooks.endpoint_secrets import set_secret
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client
from tracking.domain.events import Change
from tracking.models import Partner

READY_WITHIN_S = 180.0
PARTNER_ID = "prt_kills"
QUEUE = "webhooks"
# A message that was not deleted comes again after this time instead of a minute.
AGAIN_AFTER_S = 5


@contextmanager
def open_environment(folder: VarFolder) -> Iterator[dict[str, Program]]:
    """Start emulator, Redis and beat, and make the database; yield the programs of the roles by name."""
    aws, redis = parse_port(settings.AWS_ENDPOINT_URL), parse_port(settings.REDIS_URL)
    key, password = os.environ["AWS_ACCESS_KEY_ID"], parse_password(settings.REDIS_URL)
    services = (
        describe_emulator(folder.aws, folder.log / "aws.log", aws, settings.AWS_REGION, key),
        describe_redis(folder.redis, folder.log / "redis.log", redis, password),
    )
    with ExitStack() as stack:
        for program in services:
            child = start_child(program)
            stack.callback(child.stop)
            child.wait_ready(READY_WITHIN_S)
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()
        retry_aws(apply_stack)
        build_client("sqs").set_queue_attributes(
            QueueUrl=_find_url(), Attributes={"VisibilityTimeout": str(AGAIN_AFTER_S)}
        )
        roles = {program.name: program for program in describe_roles(folder.log)}
        stack.callback(start_child(roles["beat"]).stop)
        yield roles


def store_endpoints(receivers: Receivers, number: int) -> None:
    """Store endpoints of one partner that lead to receivers which answer at once."""
    partner = Partner.objects.create(partner_id=PARTNER_ID, name="Kills")
    for endpoint in range(number):
        made = WebhookEndpoint(
            endpoint_id=f"whe_{endpoint}",
            partner=partner,
            url=receivers.make_url(endpoint, Kind.HEALTHY),
            types=["shipment.*"],
            created_at=datetime.now(UTC) - timedelta(hours=1),
        )
        set_secret(made)
        made.save()
    connections.close_all()


def put_on_queue(changes: Sequence[Change]) -> None:
    """Put changes on the queue, as the bus does; all of them are accepted on return."""
    entries = [
        {"Id": str(number), "MessageBody": msgspec.json.encode({"detail": change}).decode()}
        for number, change in enumerate(changes)
    ]
    refused = retry_aws(
        lambda: build_client("sqs").send_message_batch(QueueUrl=_find_url(), Entries=entries)
    ).get("Failed")
    assert not refused, refused


class QueuesProcess:
    """Running process of the role; use it only from the main thread."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._child: Child = start_child(program)

    def kill_and_restart(self) -> float:
        """Kill the process with SIGKILL and start another; return when it was killed.

        What it had claimed is free at once, as it is after a minute, so that a run does not take that long.
        """
        self._child.send(signal.SIGKILL)
        self._child.process.wait()
        WebhookDelivery.objects.filter(claimed_until__isnull=False).update(claimed_until=datetime.now(UTC))
        connections.close_all()
        self._child = start_child(self._program)
        # The receivers have noted by now what had gone out, and the new process takes seconds to start.
        return time.time()

    def count_waiting(self) -> int:
        """Return how many webhooks have no final outcome."""
        waiting = WebhookDelivery.objects.filter(outcome=WebhookDelivery.Outcome.WAITING).count()
        connections.close_all()
        return waiting

    def stop(self) -> None:
        """Stop the process."""
        self._child.stop(3.0)


def _find_url() -> str:
    name = settings.AWS_NAMES["queues"][QUEUE]
    return str(build_client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
