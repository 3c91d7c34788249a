"""A demo from start to end: emulator, Redis, database, the four roles, the simulated fleet."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from laboratory.local.addresses import wait_until
from laboratory.local.children import Child
from laboratory.local.emulator import describe_emulator
from laboratory.local.environment import port_of
from laboratory.local.example import find_example
from laboratory.local.meter.live_table import Glance
from laboratory.local.meter.meter import Meter
from laboratory.local.redis_server import describe_redis
from laboratory.local.roles import describe_roles, describe_simulator
from laboratory.local.seed import PILOT, seed
from laboratory.local.stack import apply_stack
from laboratory.local.static_files import collect_when_stale
from laboratory.local.stopping import deaf_to_signals
from laboratory.local.supervisor import Supervisor
from laboratory.local.var_folder import VarFolder, remove, write_json

SERVICE_READY_WITHIN_S = 20.0
WEB_READY_WITHIN_S = 60.0
MOVING_EXAMPLE_WITHIN_S = 5.0
EXAMPLE_WITHIN_S = 20.0
LOOK_EVERY_S = 0.2
# Half-way through an afternoon, whatever the clock says: short tours, many reports, a few promises too tight.
DEMO_WORLD = settings.BASE_DIR / "laboratory" / "simulator" / "demo.toml"
DEMO_FLEET = ["--world", str(DEMO_WORLD), "--hour", "14", "--rate", "20"]
GLANCE_EVERY_S = 1.0


@dataclass(frozen=True)
class Fleet:
    """The simulated fleet a demo runs with: how many vehicles, scans a second (None: as they come).

    `mode` is the world it drives in: `pilot` around Bengaluru, `full` all over India.
    """

    vehicles: int = 50
    rate: float | None = None
    seed: int | None = None
    for_s: float | None = None
    mode: str = "pilot"

    @property
    def options(self) -> list[str]:
        """The same as options of `manage.py simulate`."""
        asked = {"--rate": self.rate, "--seed": self.seed, "--for": self.for_s}
        given = [word for name, value in asked.items() if value is not None for word in (name, str(value))]
        return [*DEMO_FLEET, "--mode", self.mode, "--vehicles", str(self.vehicles), *given]


class Demo:
    """Everything that runs for one demo; `run_demo` makes it and sees to its end."""

    def __init__(self, folder: VarFolder, fleet: Fleet | None, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._fleet = fleet
        self._tell = tell
        self._supervisor = Supervisor(on_change=self._write_demo_file)
        self._example: dict[str, str] | None = None
        self._began_at = timezone.now()
        self._up_after_s = 0.0
        self._meter: Meter | None = None

    def start(self) -> None:
        """Bring everything up, and write `demo.json` when it is."""
        services = self._start_services()
        self._prepare_database()
        for service in services:
            service.wait_ready(SERVICE_READY_WITHIN_S)
        apply_stack()
        self._start_roles()
        self._start_fleet()
        self._write_demo_file()
        self._up_after_s = (timezone.now() - self._began_at).total_seconds()

    def keep(self, for_s: float | None, show: Callable[[Glance], None]) -> None:
        """Look after the children: for `for_s` seconds and until the fleet has ended, or for ever.

        `show` gets a glance at the run every second, where there is a fleet to look at.
        """
        ends_at = None if for_s is None else time.monotonic() + for_s
        glance_at = time.monotonic()
        while ends_at is None or time.monotonic() < ends_at or self._supervisor.is_running("simulator"):
            self._supervisor.check()
            if self._meter and time.monotonic() >= glance_at:
                glance_at = time.monotonic() + GLANCE_EVERY_S
                show(self._meter.look())
            time.sleep(LOOK_EVERY_S)

    def make_snapshot(self) -> dict[str, Any] | None:
        """Wait until all that was put is done and told; the run's report, or None without a fleet.

        Beside the meter's figures: seconds until all was up, how often each role had to be restarted.
        """
        if self._meter is None:
            return None
        report = self._meter.make_snapshot(self._supervisor.check)
        ours = {"up_after_s": round(self._up_after_s, 2), "restarts": self._supervisor.read_restarts()}
        return report.as_json() | {"is_clean": report.is_clean} | ours

    def stop(self) -> None:
        """End every child; `demo.json` goes first, since it is true no longer."""
        remove(self._folder.demo_file)
        if self._meter:
            self._meter.close()
        self._supervisor.stop_all()

    def describe(self) -> dict[str, Any]:
        """What `demo.json` says: addresses, names, process ids, logins, a key, a shipment to look at."""
        secrets = self._folder.read_secrets()
        return {
            "web": settings.PUBLIC_URL,
            "aws_endpoint": settings.AWS_ENDPOINT_URL,
            "redis": settings.REDIS_URL,
            "region": settings.AWS_REGION,
            "names": settings.AWS_NAMES,
            "processes": {"demo": [os.getpid()], **self._supervisor.read_pids()},
            "logins": {
                name: {"username": name, "password": secrets[f"{name}_password"]} for name in ("ops", "admin")
            },
            "api_key": secrets["api_key"],
            "example": self._example,
        }

    def _start_services(self) -> list[Child]:
        self._tell("Starting the AWS emulator and Redis")
        aws, redis = port_of(settings.AWS_ENDPOINT_URL), port_of(settings.REDIS_URL)
        log = self._folder.log
        programs = (
            describe_emulator(self._folder.aws, log / "aws.log", aws, settings.AWS_REGION),
            describe_redis(self._folder.redis, log / "redis.log", redis),
        )
        return [self._supervisor.start(program) for program in programs]

    def _prepare_database(self) -> None:
        self._tell("Preparing database and static files")
        call_command("migrate", interactive=False, verbosity=0)
        seed(self._folder.read_secrets(), self._fleet.mode if self._fleet else PILOT)
        # The roles have their own connections; an open one here would only hold the file.
        connections.close_all()
        collect_when_stale()

    def _start_roles(self) -> None:
        self._tell("Starting web, shards, queues and beat")
        for child in [self._supervisor.start(program) for program in describe_roles(self._folder.log)]:
            child.wait_ready(WEB_READY_WITHIN_S)

    def _start_fleet(self) -> None:
        if self._fleet is None:
            return
        self._tell(f"Sending {self._fleet.vehicles} vehicles on their way")
        api_key = self._folder.read_secrets()["api_key"]
        self._meter = Meter(self._folder.ledger, self._folder.log, self._began_at, self._fleet.vehicles)
        self._supervisor.start(describe_simulator(self._folder.log, api_key, self._fleet.options))
        # A page that moves is the better first sight; any page is better than a long wait.
        if not self._find_example(MOVING_EXAMPLE_WITHIN_S, on_its_way=True):
            self._find_example(EXAMPLE_WITHIN_S, on_its_way=False)

    def _find_example(self, within_s: float, *, on_its_way: bool) -> bool:
        def is_found() -> bool:
            self._supervisor.check()
            self._example = find_example(self._began_at, on_its_way=on_its_way)
            return self._example is not None

        return wait_until(is_found, within_s, every_s=LOOK_EVERY_S)

    def _write_demo_file(self) -> None:
        write_json(self._folder.demo_file, self.describe())


@contextmanager
def run_demo(folder: VarFolder, fleet: Fleet | None, tell: Callable[[str], None]) -> Iterator[Demo]:
    """A demo that is up; however the block is left, nothing of it runs afterwards.

    Raises `AlreadyRunningError` when the folder is taken and `LocalError` when something does not come up.
    """
    lock = folder.lock()
    _forget_last_run(folder)
    demo = Demo(folder, fleet, tell)
    try:
        demo.start()
        yield demo
    finally:
        with deaf_to_signals():
            demo.stop()
            os.close(lock)


def _forget_last_run(folder: VarFolder) -> None:
    remove(folder.demo_file)
    remove(folder.ledger)
    for log in folder.log.glob("*.log"):
        log.unlink()
