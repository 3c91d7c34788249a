"""Celery bootstep that starts the lease renewers of a worker process and stops them before its pool."""

import atexit
from typing import Any

from celery import bootsteps
from celery.signals import worker_shutting_down
from django.core.checks import run_checks

from workers.gc_tuning import collect_rarely
from workers.leases.renewer import exit_at_once
from workers.runtime import RoleRuntime, drain, listener_runtime, shard_runtime

# Runtime by Celery queue: a process that receives offers from a queue needs the runtime to work on them.
RUNTIMES = {"shards": shard_runtime, "listeners": listener_runtime}


@worker_shutting_down.connect
def begin_drain(**_: Any) -> None:
    """Set the drain flag at the start of a shutdown. Nothing else is done: this runs in a signal handler."""
    drain.set()


def check_settings() -> None:
    """Exit with the errors of Django's checks. Celery runs the checks too, but starts despite errors."""
    serious = [found for found in run_checks() if found.is_serious()]
    if serious:
        raise SystemExit("\n".join(map(str, serious)))


class LeaseStep(bootsteps.StartStopStep):
    """Step of the Celery worker. Steps of its consumer would restart with each loss of the broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._runtimes: list[RoleRuntime] = []
        check_settings()

    def start(self, worker: Any) -> None:
        """Start the runtimes of the queues that this process consumes."""
        consumed = worker.app.amqp.queues.consume_from
        self._runtimes = [make_runtime() for queue, make_runtime in RUNTIMES.items() if queue in consumed]
        for runtime in self._runtimes:
            runtime.start()
        if "shards" in consumed:
            collect_rarely()

    def close(self, worker: Any) -> None:  # noqa: ARG002 - signature of Celery
        """Set the drain flag, in case no signal did."""
        drain.set()

    def stop(self, worker: Any) -> None:
        """Wait until the process holds no lease any more."""
        drain.set()
        for runtime in self._runtimes:
            runtime.wait_until_drained()
        # All work is done. A normal interpreter shutdown would free the maps of the places index, which takes
        # seconds on a busy machine.
        atexit.register(exit_at_once, worker.exitcode or 0)
