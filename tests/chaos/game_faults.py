"""Faults of processes and services, as a game day makes them on one machine."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.conf import settings

from tests.chaos.environment import POSTGRES
from tests.chaos.game_messages import MESSAGE_ACTS
from tests.chaos.game_scene import Act, Scene

DYNAMODB = "DynamoDB_20120810"
REFUSED_SHARE = 0.9
STOPPED_S = 20.0
ENDS_WITHIN_S = 60.0


@contextmanager
def _kill_one(scene: Scene) -> Iterator[None]:
    scene.environment.workers[0].send(signal.SIGKILL)
    yield
    _start_workers(scene)


@contextmanager
def _kill_all(scene: Scene) -> Iterator[None]:
    for worker in scene.environment.workers:
        worker.send(signal.SIGKILL)
    yield
    _start_workers(scene)


def _start_workers(scene: Scene) -> None:
    for worker in scene.environment.workers:
        if worker.child.exit_code is not None:
            worker.restart()


@contextmanager
def _stop_one(scene: Scene) -> Iterator[None]:
    """Let a worker stand still; it goes on as if it still had its leases."""
    worker = scene.environment.workers[0]
    worker.send(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    worker.send(signal.SIGCONT)
    yield


@contextmanager
def _throttle(scene: Scene) -> Iterator[None]:
    scene.environment.call_faults.throttled = (DYNAMODB,)
    scene.environment.call_faults.throttles = REFUSED_SHARE
    yield
    scene.environment.call_faults.throttles = 0.0


@contextmanager
def _stop_redis(scene: Scene) -> Iterator[None]:
    scene.environment.stop_service("redis")
    yield
    scene.environment.start_service("redis")


@contextmanager
def _empty_redis(_scene: Scene) -> Iterator[None]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
    yield


@contextmanager
def _stop_database(scene: Scene) -> Iterator[None]:
    scene.environment.stop_service(POSTGRES)
    yield
    scene.environment.start_service(POSTGRES)


@contextmanager
def _slow_geocoder(scene: Scene) -> Iterator[None]:
    """Let the workers ask a geocoder that takes five seconds to refuse; raises `ValueError` if none asked."""
    _set_geocoder(scene, "amazon")
    yield
    asked = sum(proxy.injected["questions to the geocoder"] for proxy in scene.environment.proxies)
    _set_geocoder(scene, "offline")
    if not asked:
        raise ValueError("no worker asked the geocoder")


def _set_geocoder(scene: Scene, geocoder: str) -> None:
    """Start the workers one after the other with another geocoder."""
    for worker in scene.environment.workers:
        worker.set_variable("GEOCODER", geocoder)
        worker.restart(ENDS_WITHIN_S)
    scene.environment.wait_until_owned(len(scene.environment.workers))


ACTS = MESSAGE_ACTS | {
    "worker-killed": Act(_kill_one),
    "workers-killed": Act(_kill_all),
    "worker-stopped": Act(_stop_one),
    "valkey-emptied": Act(_empty_redis),
    "valkey-lost": Act(_stop_redis),
    "geocoder-slow": Act(_slow_geocoder),
    "dynamodb-throttled": Act(_throttle, reads_may_fail=True),
    "database-lost": Act(_stop_database),
}
