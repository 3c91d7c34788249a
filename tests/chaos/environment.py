"""Environment of a chaos run: emulator, Redis, database and roles, each worker behind its own proxy."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from laboratory.local.addresses import find_free_port, wait_until
from laboratory.local.children import Child, Program, start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.environment import parse_password, parse_port
from laboratory.local.postgres import Postgres, describe_postgres, place_data
from laboratory.local.redis_server import describe_redis
from laboratory.local.roles import describe_roles
from laboratory.local.seed import seed
from laboratory.local.stack import apply_stack
from laboratory.local.var_folder import VarFolder
from tests.chaos.proxy import CallFaults, Proxies, Proxy
from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client
from workers.adapters.lease_rows import read_rows
from workers.leases.ports import Lease, LeaseGroup

# Takes seconds on an idle machine; a busy one must not fail the run.
READY_WITHIN_S = 180.0
# The emulator saves its state before it ends; killed earlier, it would lose accepted records.
STOPPED_WITHIN_S = 90.0
ROLES = ("queues", "beat")
POSTGRES = "postgres"


@dataclass
class Worker:
    """`shards` worker: its program, its proxy, and its current process."""

    program: Program
    proxy: Proxy
    child: Child

    @property
    def pid(self) -> int:
        """Return the process id, which is part of the owner id of its leases."""
        return self.child.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children."""
        self.child.send(number)

    def restart(self, after_s: float = 0) -> None:
        """Stop what is left of the process, which has so many seconds to end by itself, and start another."""
        self.child.stop(after_s)
        self.child = start_child(self.program)

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable of the environment; the next process has it."""
        self.program = replace(self.program, environment={**self.program.environment, name: value})


class ChaosEnvironment:
    """All processes of a chaos run; use it only from the main thread."""

    def __init__(self, folder: VarFolder, workers: int, roles: Sequence[str] = ROLES) -> None:
        """`roles` run beside the workers, each behind a proxy of its own."""
        self._folder = folder
        self._roles = roles
        self.call_faults = CallFaults()
        self.log = folder.log
        aws, redis = parse_port(settings.AWS_ENDPOINT_URL), parse_port(settings.REDIS_URL)
        self._services = {
            "aws": describe_emulator(
                folder.aws, folder.log / "aws.log", aws, settings.AWS_REGION, os.environ["AWS_ACCESS_KEY_ID"]
            ),
            "redis": describe_redis(
                folder.redis, folder.log / "redis.log", redis, parse_password(settings.REDIS_URL)
            ),
        }
        if os.environ["DATABASE_URL"].startswith(POSTGRES):
            self._services[POSTGRES] = _describe_database(folder)
        self._children: dict[str, Child] = {}
        self._group = ""
        self.proxies = [Proxy(find_free_port(), aws, self.call_faults) for _ in range(workers + len(roles))]
        self.workers: list[Worker] = []

    def open(self) -> None:
        """Start everything."""
        for name in self._services:
            self.start_service(name)
        call_command("migrate", interactive=False, verbosity=0)
        seed(self._folder.read_secrets())
        connections.close_all()
        retry_aws(apply_stack)
        Proxies(self.proxies).start()
        roles = {program.name: program for program in describe_roles(self.log)}
        for name, proxy in zip(self._roles, self.proxies, strict=False):
            self._children[name] = start_child(self._route_through(roles[name], proxy, name))
        for number, proxy in enumerate(self.proxies[len(self._roles) :], start=1):
            program = self._route_through(roles["shards"], proxy, f"shards-{number}")
            self.workers.append(Worker(program, proxy, start_child(program)))

    def close(self) -> None:
        """Stop everything that was started."""
        for worker in self.workers:
            worker.child.stop(3.0)
        for name in (*self._roles, *self._services):
            if name in self._children:
                self._children[name].stop()

    def start_service(self, name: str) -> None:
        """Start the emulator, Redis or PostgreSQL and wait until it is ready."""
        self._children[name] = start_child(self._services[name])
        self._children[name].wait_ready(READY_WITHIN_S)

    def restart_service(self, name: str) -> None:
        """Stop the emulator or Redis in an orderly way, which saves its data, and start it again."""
        self.stop_service(name)
        self.start_service(name)

    def stop_service(self, name: str) -> None:
        """Stop the emulator, Redis or PostgreSQL in an orderly way."""
        if name == POSTGRES:
            # On SIGTERM it would wait until all clients have left.
            self._children[name].send(signal.SIGINT)
            self._children[name].wait_or_kill(STOPPED_WITHIN_S)
            return
        self._children[name].stop(STOPPED_WITHIN_S)

    def read_group(self) -> LeaseGroup:
        """Read the leases and workers of the stream from the table, without a proxy."""
        return retry_aws(self._read_group)

    def read_leases(self) -> list[Lease]:
        """Read the leases of the stream."""
        return self.read_group().leases

    def find_owner(self, lease: Lease) -> Worker | None:
        """Return the running worker that owns a lease, or None."""
        pid = int((lease.owner_id or "::").split(":")[1] or 0)
        return next((one for one in self.workers if one.pid == pid and one.child.exit_code is None), None)

    def wait_until_owned(self, workers: int) -> bool:
        """Wait until so many workers are up and every shard has a running owner.

        Return whether it happened.
        """

        def is_owned_by_all() -> bool:
            group = self.read_group()
            up = {int(worker.worker_id.split(":")[1]) for worker in group.workers}
            is_owned = group.leases and all(self.find_owner(lease) for lease in group.leases)
            return bool(is_owned) and sum(worker.pid in up for worker in self.workers) >= workers

        return wait_until(is_owned_by_all, READY_WITHIN_S, every_s=0.2)

    def _read_group(self) -> LeaseGroup:
        if not self._group:
            stream = settings.AWS_NAMES["stream"]
            summary = build_client("kinesis").describe_stream_summary(StreamName=stream)
            created = summary["StreamDescriptionSummary"]["StreamCreationTimestamp"].timestamp()
            self._group = f"{stream}@{int(created)}"
        answer: dict[str, Any] = build_client("dynamodb").query(
            TableName=settings.AWS_NAMES["leases_table"],
            KeyConditionExpression="#stream = :stream",
            ExpressionAttributeNames={"#stream": "stream"},
            ExpressionAttributeValues={":stream": {"S": self._group}},
            ConsistentRead=True,
        )
        return read_rows(answer["Items"])

    def _route_through(self, program: Program, proxy: Proxy, name: str) -> Program:
        """Return the program with the proxy as its AWS endpoint."""
        endpoint = f"http://127.0.0.1:{proxy.port}"
        environment = dict(program.environment) | {
            "AWS_ENDPOINT_URL": endpoint,
            "SHARD_SLOTS": "2",
            # `CommitLog` reads the commits from the logs.
            "LOG_LEVEL": "INFO",
            "LOG_CHECKPOINTS": "1",
        }
        return replace(program, name=name, environment=environment, log=self.log / f"{name}.log")


def _describe_database(folder: VarFolder) -> Program:
    """Return PostgreSQL as the settings name it."""
    url = os.environ["DATABASE_URL"]
    server = Postgres(place_data(folder.postgres), parse_port(url), parse_password(url))
    return describe_postgres(server, folder.log / "postgres.log")
