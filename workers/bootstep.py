"""What Celery starts with a worker process, and stops before its pool: the keeper of the process's leases."""

import atexit
from typing import Any

from celery import bootsteps
from celery.signals import worker_shutting_down
from django.core.checks import run_checks

from workers.gc_tuning import collect_rarely
from workers.leases.renewer import exit_at_once
from workers.runtime import RoleRuntime, drain, listener_runtime, shard_runtime

# By the Celery queue a process takes from: what it may be offered, it can also hold.
CREWS = {"shards": shard_runtime, "listeners": listener_runtime}


@worker_shutting_down.connect
def begin_drain(**_: Any) -> None:
    """Stop reading at the first sign of a shutdown; only a flag is set, since this runs inside the signal."""
    drain.set()


def check_settings() -> None:
    """Exit with what Django's checks find: Celery runs them too, but starts whatever they say."""
    serious = [found for found in run_checks() if found.is_serious()]
    if serious:
        raise SystemExit("\n".join(map(str, serious)))


class StreamKeeper(bootsteps.StartStopStep):
    """A step of the worker and not of its consumer: those start anew with every loss of the broker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._crews: list[RoleRuntime] = []
        check_settings()

    def start(self, worker: Any) -> None:
        """Start the crews this process has tasks for."""
        consumed = worker.app.amqp.queues.consume_from
        self._crews = [make_crew() for queue, make_crew in CREWS.items() if queue in consumed]
        for crew in self._crews:
            crew.start()
        if "shards" in consumed:
            collect_rarely()

    def close(self, worker: Any) -> None:  # noqa: ARG002 - Celery's own words
        """The second way to a drain, should the signal not have come."""
        drain.set()

    def stop(self, worker: Any) -> None:
        """Wait until the process owns nothing any more."""
        drain.set()
        for crew in self._crews:
            crew.leave()
        # All is done then. To take the interpreter apart, maps of places and all, would cost a busy machine
        # seconds in which the process is neither here nor gone.
        atexit.register(exit_at_once, worker.exitcode or 0)
