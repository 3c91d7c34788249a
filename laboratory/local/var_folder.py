"""Folder in which a demo keeps its files: lock, secrets, logs, data, and its description in `demo.json`."""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laboratory.local.errors import AlreadyRunningError

# Only the owner may read secrets, and enter the folder.
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class VarFolder:
    """Paths under one var folder; two demos at the same time need two folders."""

    path: Path

    @property
    def log(self) -> Path:
        """Return the folder of the logs, one file per child process."""
        return self.path / "log"

    @property
    def aws(self) -> Path:
        """Return the folder of the emulator's state."""
        return self.path / "aws"

    @property
    def redis(self) -> Path:
        """Return the folder of Redis' data."""
        return self.path / "redis"

    @property
    def postgres(self) -> Path:
        """Return the folder of PostgreSQL's data, if the demo uses it."""
        return self.path / "postgres"

    @property
    def ledger(self) -> Path:
        """Return the file in which the simulator lists what it has put and booked, line by line."""
        return self.path / "ledger.ndjson"

    @property
    def demo_file(self) -> Path:
        """Return the file that describes the running demo; it exists only while a demo runs."""
        return self.path / "demo.json"

    @property
    def secrets_file(self) -> Path:
        """Return the file of keys and passwords."""
        return self.path / "secrets.json"

    def lock(self) -> int:
        """Lock the folder for this process; raises `AlreadyRunningError` if another process has it.

        Returns the descriptor of the lock file; closing it, or the end of the process, releases the lock.
        """
        self.close_to_others()
        descriptor = os.open(self.path / "demo.lock", os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunningError(
                f"A demo is already running in {self.path}{_address_of(self.read_demo())}."
                " Stop it with Ctrl-C in its terminal, or start another one in another folder with --var DIR."
            ) from None
        return descriptor

    def close_to_others(self) -> None:
        """Create the folder; only its owner may enter it, also if it was open before."""
        self.path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        self.path.chmod(PRIVATE_FOLDER)

    def read_secrets(self) -> dict[str, str]:
        """Return the folder's keys and passwords.

        Missing ones are generated and stored, readable by the owner.
        """
        stored = _read_json(self.secrets_file) or {}
        generated = {name: make() for name, make in SECRETS.items() if name not in stored}
        if generated:
            self.close_to_others()
            write_json(self.secrets_file, stored | generated)
        return stored | generated

    def read_demo(self) -> dict[str, Any] | None:
        """Return the description of the running demo, or None."""
        return _read_json(self.demo_file)


def make_api_key() -> str:
    """Generate a partner's live API key: `slx_live_<8 id>_<43 secret>`."""
    return f"slx_live_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


SECRETS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(48),
    "tracking_token_key": lambda: secrets.token_urlsafe(32),
    "recipient_keys": lambda: secrets.token_urlsafe(32),
    "stream_keys": lambda: secrets.token_urlsafe(32),
    # Any 32 bytes are a private key of P-256, except about one of 2**32.
    "web_push_key": lambda: secrets.token_urlsafe(32),
    "api_key": make_api_key,
    "aws_access_key": lambda: f"local{secrets.token_hex(16)}",
    "redis_password": lambda: secrets.token_urlsafe(32),
    "postgres_password": lambda: secrets.token_urlsafe(32),
    "ops_password": lambda: secrets.token_urlsafe(9),
    "admin_password": lambda: secrets.token_urlsafe(9),
}


def write_json(path: Path, value: object) -> None:
    """Write the value as JSON, as `write_private` does."""
    write_private(path, f"{json.dumps(value, indent=2)}\n")


def write_private(path: Path, text: str) -> None:
    """Write the file atomically, readable only by the owner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as draft:
        draft.write(text)
    Path(name).replace(path)


def remove(path: Path) -> None:
    """Remove the file if it is there."""
    with suppress(FileNotFoundError):
        path.unlink()


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _address_of(demo: dict[str, Any] | None) -> str:
    return f" ({demo['web']})" if demo else ""
