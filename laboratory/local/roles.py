"""Describes the four roles of the product, and the simulator, as child programs."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from laboratory.local.children import Program
from laboratory.local.environment import make_role_environment, parse_port
from swiftlogix.role_commands import list_beat, list_queues, list_shards, list_web


def describe_roles(log: Path) -> list[Program]:
    """Return the programs of web, shards, queues and beat, in the order they are started."""
    return [
        _program(
            log, "web", list_web("127.0.0.1", str(parse_port(settings.PUBLIC_URL))), is_ready=is_healthy
        ),
        _program(log, "shards", list_shards(settings.SHARD_SLOTS)),
        _program(log, "queues", list_queues(settings.LISTENER_SLOTS)),
        _program(log, "beat", list_beat()),
    ]


def describe_simulator(log: Path, api_key: str, options: Sequence[str]) -> Program:
    """Return the simulated fleet as a program with the product's addresses; it ends when its time is over.

    The key is in its environment: command lines are visible to all users of a machine.
    """
    addresses = {
        "--api": settings.PUBLIC_URL,
        "--endpoint": settings.AWS_ENDPOINT_URL,
        "--stream": settings.AWS_NAMES["stream"],
        "--region": settings.AWS_REGION,
    }
    words = [word for option in addresses.items() for word in option]
    command = (str(settings.BASE_DIR / "manage.py"), "simulate", *words, *options)
    program = _program(log, "simulator", command, may_end=True)
    return replace(program, environment=dict(program.environment) | {"SIMULATOR_API_KEY": api_key})


def is_healthy() -> bool:
    """Return whether the web role answers its health check."""
    try:
        with urllib.request.urlopen(f"{settings.PUBLIC_URL}/healthz", timeout=2) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except OSError:
        return False


def _program(
    log: Path,
    name: str,
    arguments: tuple[str, ...],
    *,
    is_ready: Callable[[], bool] | None = None,
    may_end: bool = False,
) -> Program:
    return Program(
        name=name,
        command=(sys.executable, *arguments),
        environment=make_role_environment(name),
        log=log / f"{name}.log",
        folder=settings.BASE_DIR,
        is_ready=is_ready,
        may_end=may_end,
    )
