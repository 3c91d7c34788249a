"""The stage of a chaos run: emulator, Redis, database and roles, each worker behind a proxy of its own."""

import signal
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from laboratory.local.addresses import find_free_port, wait_until
from laboratory.local.children import Child, Program, start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.environment import parse_port
from laboratory.local.redis_server import describe_redis
from laboratory.local.roles import describe_roles
from laboratory.local.seed import seed
from laboratory.local.stack import apply_stack
from laboratory.local.var_folder import VarFolder
from tests.chaos.patience import insist
from tests.chaos.proxy import Proxies, Proxy, Weather
from tracking.adapters.aws import build_client
from workers.adapters.lease_rows import read_rows
from workers.leases.ports import Lease, LeaseGroup

# Seconds would do on a machine that has nothing else to do; one that is busy must not fail for it.
READY_WITHIN_S = 180.0
# The emulator writes everything down before it ends; cut short, it would forget what it had accepted.
SAVED_WITHIN_S = 90.0
ROLES = ("queues", "beat")


@dataclass
class Actor:
    """A `shards` worker: its program, its proxy, and the process it is now."""

    program: Program
    proxy: Proxy
    child: Child

    @property
    def pid(self) -> int:
        """The process id its leases' owner names."""
        return self.child.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and all it has started."""
        self.child.send(number)

    def start_again(self) -> None:
        """Collect what is left of the process and start another."""
        self.child.stop(0)
        self.child = start_child(self.program)


class Stage:
    """Everything that runs for a chaos run; to be used from the main thread alone."""

    def __init__(self, folder: VarFolder, workers: int) -> None:
        self._folder = folder
        self.weather = Weather()
        self.log = folder.log
        aws, redis = parse_port(settings.AWS_ENDPOINT_URL), parse_port(settings.REDIS_URL)
        self._services = {
            "aws": describe_emulator(folder.aws, folder.log / "aws.log", aws, settings.AWS_REGION),
            "redis": describe_redis(folder.redis, folder.log / "redis.log", redis),
        }
        self._children: dict[str, Child] = {}
        self._group = ""
        self.proxies = [Proxy(find_free_port(), aws, self.weather) for _ in range(workers + len(ROLES))]
        self.actors: list[Actor] = []

    def open(self) -> None:
        """Bring everything up."""
        for name in self._services:
            self.start_service(name)
        call_command("migrate", interactive=False, verbosity=0)
        seed(self._folder.read_secrets())
        connections.close_all()
        insist(apply_stack)
        Proxies(self.proxies).start()
        roles = {program.name: program for program in describe_roles(self.log)}
        for name, proxy in zip(ROLES, self.proxies, strict=False):
            self._children[name] = start_child(self._behind(roles[name], proxy, name))
        for number, proxy in enumerate(self.proxies[len(ROLES) :], start=1):
            program = self._behind(roles["shards"], proxy, f"shards-{number}")
            self.actors.append(Actor(program, proxy, start_child(program)))

    def close(self) -> None:
        """End everything that was started."""
        for actor in self.actors:
            actor.child.stop(3.0)
        for name in (*ROLES, *self._services):
            if name in self._children:
                self._children[name].stop()

    def start_service(self, name: str) -> None:
        """Start the emulator or Redis and wait until it answers."""
        self._children[name] = start_child(self._services[name])
        self._children[name].wait_ready(READY_WITHIN_S)

    def restart_service(self, name: str) -> None:
        """Stop the emulator or Redis in an orderly way, which keeps its data, and start it again."""
        self._children[name].stop(SAVED_WITHIN_S)
        self.start_service(name)

    def read_group(self) -> LeaseGroup:
        """The leases and the workers of the stream as the table has them, read past all proxies."""
        return insist(self._read_group)

    def read_leases(self) -> list[Lease]:
        """The leases alone."""
        return self.read_group().leases

    def find_owner(self, lease: Lease) -> Actor | None:
        """The living worker that a lease names."""
        pid = int((lease.owner_id or "::").split(":")[1] or 0)
        return next((one for one in self.actors if one.pid == pid and one.child.exit_code is None), None)

    def wait_until_owned(self, workers: int) -> bool:
        """Whether, within a while, so many workers are up and every shard has a living owner."""

        def is_so() -> bool:
            group = self.read_group()
            up = {int(worker.worker_id.split(":")[1]) for worker in group.workers}
            is_owned = group.leases and all(self.find_owner(lease) for lease in group.leases)
            return bool(is_owned) and sum(actor.pid in up for actor in self.actors) >= workers

        return wait_until(is_so, READY_WITHIN_S, every_s=0.2)

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

    def _behind(self, program: Program, proxy: Proxy, name: str) -> Program:
        """The program with its way to AWS through the proxy."""
        endpoint = f"http://127.0.0.1:{proxy.port}"
        environment = dict(program.environment) | {
            "AWS_ENDPOINT_URL": endpoint,
            "SHARD_SLOTS": "2",
            # Commits are read from the logs.
            "LOG_LEVEL": "INFO",
        }
        return replace(program, name=name, environment=environment, log=self.log / f"{name}.log")
