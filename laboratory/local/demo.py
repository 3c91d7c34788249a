"""Runs a demo from start to end: AWS emulator, Redis, database, the four roles, the simulated fleet."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone

import tracking.ports
from laboratory.alarms.watch import AlarmWatch, RepeatedWatch
from laboratory.local.addresses import wait_until
from laboratory.local.children import Child
from laboratory.local.emulator import describe_emulator
from laboratory.local.environment import parse_password, parse_port
from laboratory.local.example import Examples, find_examples
from laboratory.local.meter.live_table import LiveFigures
from laboratory.local.meter.meter import Meter
from laboratory.local.past import learn_past
from laboratory.local.postgres import Postgres, describe_postgres, place_data
from laboratory.local.redis_server import ANY_BROKER, describe_redis
from laboratory.local.roles import describe_roles, describe_simulator
from laboratory.local.seed import PILOT, seed, seed_drivers
from laboratory.local.stack import apply_stack
from laboratory.local.static_files import collect_when_stale
from laboratory.local.stopping import ignore_stop_signals
from laboratory.local.supervisor import Supervisor
from laboratory.local.var_folder import VarFolder, remove, write_json
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.nation import load_mode
from workers.adapters.alarm_states import RedisAlarmStates
from workers.ports import ports

# Limits for a busy machine; a program that ends is noticed at once.
SERVICE_READY_WITHIN_S = 60.0
WEB_READY_WITHIN_S = 180.0
EXAMPLES_WITHIN_S, EXAMPLES_EVERY_S = 20.0, 1.0
POLL_EVERY_S = 0.2
# The simulated day starts at 14:00, whatever the clock says: short tours, many reports, a few tight promises.
DEMO_WORLD = settings.BASE_DIR / "laboratory" / "simulator" / "demo.toml"
DEMO_HOUR = 14
DEMO_FLEET = ["--world", str(DEMO_WORLD), "--hour", str(DEMO_HOUR), "--rate", "20"]
FIGURES_EVERY_S = 1.0
# Vehicles are registered when they are loaded first.
DRIVERS_EVERY_S = 10.0


@dataclass(frozen=True)
class Fleet:
    """Options of the simulated fleet of a demo; None leaves an option at the simulator's default.

    `rate` is in scans a second. `mode` is the world it drives in: `pilot` around Bengaluru, `full` all over
    India.
    """

    vehicles: int = 50
    rate: float | None = None
    seed: int | None = None
    for_s: float | None = None
    mode: str = "pilot"

    @property
    def options(self) -> list[str]:
        """Return the command line options for `manage.py simulate`."""
        values = {"--rate": self.rate, "--seed": self.seed, "--for": self.for_s}
        words = [word for name, value in values.items() if value is not None for word in (name, str(value))]
        return [*DEMO_FLEET, "--mode", self.mode, "--vehicles", str(self.vehicles), *words]

    def describe_simulated(self) -> FleetOptions:
        """Return what decides how the simulated fleet drives: its options without those of its records."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return FleetOptions(self.vehicles, mode=self.mode, hour=DEMO_HOUR, **seed)


class Demo:
    """All processes of one demo; `run_demo` creates and stops it."""

    def __init__(
        self, folder: VarFolder, fleet: Fleet | None, report_progress: Callable[[str], None], broker: str
    ) -> None:
        self._folder = folder
        self._fleet = fleet
        self._broker = broker
        self._report_progress = report_progress
        self._supervisor = Supervisor(on_change=self._write_demo_file)
        self._examples = Examples()
        self._began_at = timezone.now()
        self._up_after_s = 0.0
        self._meter: Meter | None = None
        watch = AlarmWatch(folder.log, ports().queues, keeps_samples=True)
        self._alarms = RepeatedWatch(watch, RedisAlarmStates(settings.REDIS_URL).keep)

    def start(self) -> None:
        """Start everything, and write `demo.json` once it is up."""
        services = self._start_services()
        self._start_database()
        self._prepare_database()
        for service in services:
            service.wait_ready(SERVICE_READY_WITHIN_S)
        apply_stack()
        self._learn_past()
        self._start_roles()
        self._start_fleet()
        self._write_demo_file()
        self._up_after_s = (timezone.now() - self._began_at).total_seconds()

    def supervise(self, for_s: float | None, show: Callable[[LiveFigures], None]) -> None:
        """Restart children that die: for `for_s` seconds and until the fleet has ended, or for ever if None.

        `show` gets the live figures every second, if there is a fleet.
        """
        ends_at = None if for_s is None else time.monotonic() + for_s
        next_figures_at = next_drivers_at = time.monotonic()
        while ends_at is None or time.monotonic() < ends_at or self._supervisor.is_running("simulator"):
            self._supervisor.check()
            self._alarms.look_if_due(timezone.now())
            if self._meter and time.monotonic() >= next_figures_at:
                next_figures_at = time.monotonic() + FIGURES_EVERY_S
                show(self._meter.read_live_figures())
            if self._meter and time.monotonic() >= next_drivers_at:
                next_drivers_at = time.monotonic() + DRIVERS_EVERY_S
                _keep_drivers()
            time.sleep(POLL_EVERY_S)

    def make_final_report(self) -> dict[str, Any] | None:
        """Wait until all records are processed and notified; return the report, or None without a fleet.

        It adds to the meter's figures the seconds of the start and the number of restarts of each role.
        """
        if self._meter is None:
            return None
        report = self._meter.make_final_report(self._supervisor.check)
        own_figures = {"up_after_s": round(self._up_after_s, 2), "restarts": self._supervisor.read_restarts()}
        return report.as_json() | {"is_clean": report.is_clean} | own_figures

    def stop(self) -> None:
        """Remove `demo.json`, which is no longer true, and stop every child."""
        remove(self._folder.demo_file)
        if self._meter:
            self._meter.close()
        self._supervisor.stop_all()

    def describe(self) -> dict[str, Any]:
        """Return the content of `demo.json`: addresses, names, process ids, logins, a key, examples."""
        secrets = self._folder.read_secrets()
        return {
            "web": settings.PUBLIC_URL,
            "aws_endpoint": settings.AWS_ENDPOINT_URL,
            "aws_access_key": secrets["aws_access_key"],
            "redis": settings.REDIS_URL,
            "database": os.environ["DATABASE_URL"],
            "region": settings.AWS_REGION,
            "names": settings.AWS_NAMES,
            "processes": {"demo": [os.getpid()], **self._supervisor.read_pids()},
            "logins": {
                name: {"username": name, "password": secrets[f"{name}_password"]} for name in ("ops", "admin")
            },
            "api_key": secrets["api_key"],
            "example": self._examples.best,
            "delayed_example": self._examples.delayed,
        }

    def _start_services(self) -> list[Child]:
        self._report_progress("Starting the AWS emulator and Redis ...")
        aws, redis = parse_port(settings.AWS_ENDPOINT_URL), parse_port(settings.REDIS_URL)
        log = self._folder.log
        programs = (
            describe_emulator(
                self._folder.aws, log / "aws.log", aws, settings.AWS_REGION, os.environ["AWS_ACCESS_KEY_ID"]
            ),
            describe_redis(
                self._folder.redis,
                log / "redis.log",
                redis,
                parse_password(settings.REDIS_URL),
                self._broker,
            ),
        )
        return [self._supervisor.start(program) for program in programs]

    def _start_database(self) -> None:
        """Start PostgreSQL if the settings name it; SQLite needs no process."""
        url = os.environ["DATABASE_URL"]
        if not url.startswith("postgres:"):
            return
        self._report_progress("Starting PostgreSQL ...")
        server = Postgres(place_data(self._folder.postgres), parse_port(url), parse_password(url))
        child = self._supervisor.start(describe_postgres(server, self._folder.log / "postgres.log"))
        child.wait_ready(SERVICE_READY_WITHIN_S)

    def _prepare_database(self) -> None:
        self._report_progress("Preparing the database and static files ...")
        call_command("migrate", interactive=False, verbosity=0)
        seed(self._folder.read_secrets(), self._fleet.mode if self._fleet else PILOT)
        # The roles have connections of their own; an open one here would only lock the database file.
        connections.close_all()
        collect_when_stale()

    def _learn_past(self) -> None:
        """Let the product learn what the fleet did in the hours before, as if it had been running."""
        if self._fleet is None:
            return
        self._report_progress("Learning from the last hours of the fleet ...")
        fleet = self._fleet.describe_simulated()
        world = load_mode(self._fleet.mode, DEMO_WORLD)
        learn_past(tracking.ports.ports().lanes, world, fleet, self._began_at.timestamp())

    def _start_roles(self) -> None:
        self._report_progress("Starting the web server and the workers ...")
        for child in [self._supervisor.start(program) for program in describe_roles(self._folder.log)]:
            child.wait_ready(WEB_READY_WITHIN_S)

    def _start_fleet(self) -> None:
        if self._fleet is None:
            return
        self._report_progress(f"Starting {self._fleet.vehicles} simulated vehicles ...")
        api_key = self._folder.read_secrets()["api_key"]
        self._meter = Meter(self._folder.ledger, self._folder.log, self._began_at, self._fleet.vehicles)
        self._supervisor.start(describe_simulator(self._folder.log, api_key, self._fleet.options))
        wait_until(self._has_examples, EXAMPLES_WITHIN_S, every_s=EXAMPLES_EVERY_S)

    def _has_examples(self) -> bool:
        """Look for examples; true as soon as each page shows what it is an example of."""
        self._supervisor.check()
        if self._meter:
            # A short run is over soon: its screens open meanwhile.
            self._meter.read_live_figures()
        _keep_drivers()
        self._examples = find_examples(self._began_at)
        return self._examples.is_best and self._examples.delayed is not None

    def _write_demo_file(self) -> None:
        write_json(self._folder.demo_file, self.describe())


@contextmanager
def run_demo(
    folder: VarFolder,
    fleet: Fleet | None,
    report_progress: Callable[[str], None],
    broker: str = ANY_BROKER,
) -> Iterator[Demo]:
    """Start a demo, and stop all of it when the block is left.

    `broker` says which Redis it uses: `any` or `valkey`. The settings name its database.

    Raises `AlreadyRunningError` if a demo runs in the folder and `LocalError` if a part does not start.
    """
    lock = folder.lock()
    _remove_last_run(folder)
    demo = Demo(folder, fleet, report_progress, broker)
    try:
        demo.start()
        yield demo
    finally:
        with ignore_stop_signals():
            demo.stop()
            os.close(lock)


def _keep_drivers() -> None:
    """Give each new vehicle its driver; later, if the roles keep the database busy."""
    with suppress(OperationalError):
        seed_drivers()
    connections.close_all()


def _remove_last_run(folder: VarFolder) -> None:
    remove(folder.demo_file)
    remove(folder.ledger)
    for log in folder.log.glob("*.log"):
        log.unlink()
