"""Starts one role of the product in a container: `python -m swiftlogix.entrypoint ROLE`.

The role `command` runs `manage.py` with the words that follow, as `entrypoint command leases list`.

The process becomes the role, so that SIGTERM of the container reaches it. A task definition can fetch a
secret only as a variable of its own, so DATABASE_URL and REDIS_URL are made here from hosts and passwords.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from swiftlogix.role_commands import (
    LISTENER_SLOTS,
    SHARD_SLOTS,
    list_beat,
    list_queues,
    list_shards,
    list_web,
)

ONE_OFF = ("migrate", "check", "command")
ROLES = ("web", "shards", "queues", "beat", *ONE_OFF)


class RefusedError(Exception):
    """Raised when the environment would make the role work wrongly; its text says what to change."""


def list_arguments(role: str, environment: Mapping[str, str], words: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the arguments of Python that start the role; slots are those of `.env.example`.

    `words` are those of the role `command`, for `manage.py`.
    """
    if role == "command":
        return ("manage.py", *words)
    if role == "web":
        return list_web(environment.get("WEB_HOST", "127.0.0.1"), environment.get("WEB_PORT", "8000"))
    if role == "shards":
        return list_shards(int(environment.get("SHARD_SLOTS", SHARD_SLOTS)))
    if role == "queues":
        return list_queues(int(environment.get("LISTENER_SLOTS", LISTENER_SLOTS)))
    if role == "beat":
        return list_beat()
    if role == "migrate":
        return ("manage.py", "migrate", "--no-input")
    return ("manage.py", "check", "--deploy", "--fail-level", "WARNING")


def complete_environment(role: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the role: the given one with its name and the addresses of its services.

    DATABASE_HOST and DATABASE_PASSWORD become DATABASE_URL, VALKEY_HOST and VALKEY_PASSWORD become REDIS_URL,
    both with TLS. Raises `RefusedError` for a variable with which Celery would not end on SIGTERM.
    """
    if given.get("REMAP_SIGTERM"):
        raise RefusedError("REMAP_SIGTERM is set: a pool of threads would hang on SIGTERM; unset it")
    environment = dict(given) | {"ROLE": "command" if role in ONE_OFF else role}
    database, valkey = environment.pop("DATABASE_PASSWORD", ""), environment.pop("VALKEY_PASSWORD", "")
    if host := given.get("DATABASE_HOST"):
        environment["DATABASE_URL"] = _make_database_url(host, database)
    if host := given.get("VALKEY_HOST"):
        environment["REDIS_URL"] = f"rediss://:{quote(valkey, safe='')}@{host}:6379"
    return environment


def main() -> None:
    """Become the role; end with exit code 1 if it is refused."""
    parser = argparse.ArgumentParser(prog="python -m swiftlogix.entrypoint", description=__doc__)
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("words", nargs=argparse.REMAINDER, help="for command: what manage.py gets")
    given = parser.parse_args()
    role, words = given.role, given.words
    if (role == "command") != bool(words):
        parser.error("the role command, and no other, takes the words of a command")
    try:
        environment = complete_environment(role, os.environ)
    except RefusedError as error:
        sys.exit(f"entrypoint: {error}")
    os.chdir(Path(__file__).resolve().parent.parent)
    Path(environment.get("VAR_DIR", "var")).mkdir(parents=True, exist_ok=True)
    command = (sys.executable, *list_arguments(role, environment, words))
    os.execvpe(sys.executable, command, environment)  # noqa: S606 - the process becomes the role


def _make_database_url(host: str, password: str) -> str:
    user = f"swiftlogix:{quote(password, safe='')}"
    return f"postgres://{user}@{host}:5432/swiftlogix?sslmode=require"


if __name__ == "__main__":
    main()
