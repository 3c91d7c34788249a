"""The folder a demo keeps everything in: who has it, its secrets, its description in `demo.json`."""

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

# Only their owner reads secrets.
PRIVATE = 0o600


@dataclass(frozen=True)
class VarFolder:
    """Paths under one var folder; two demos at once need two folders."""

    path: Path

    @property
    def log(self) -> Path:
        """One file per child process."""
        return self.path / "log"

    @property
    def aws(self) -> Path:
        """The emulator's state."""
        return self.path / "aws"

    @property
    def redis(self) -> Path:
        """Redis' data."""
        return self.path / "redis"

    @property
    def ledger(self) -> Path:
        """What the fleet of this run has put and booked, line by line."""
        return self.path / "ledger.ndjson"

    @property
    def demo_file(self) -> Path:
        """What the running demo says of itself; absent when none runs."""
        return self.path / "demo.json"

    @property
    def secrets_file(self) -> Path:
        """Keys and passwords, made once."""
        return self.path / "secrets.json"

    def lock(self) -> int:
        """Take the folder for this process until it ends; raises `AlreadyRunningError` if another has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path / "demo.lock", os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunningError(
                f"A demo runs in {self.path} already{_address_of(self.read_demo())}."
                " Stop it with Ctrl-C where it was started, or start another one elsewhere with --var DIR."
            ) from None
        return descriptor

    def read_secrets(self) -> dict[str, str]:
        """The folder's keys and passwords, made at first asking and kept for its owner only."""
        kept = _read_json(self.secrets_file) or {}
        made = {name: make() for name, make in SECRETS.items() if name not in kept}
        if made:
            write_json(self.secrets_file, kept | made)
        return kept | made

    def read_demo(self) -> dict[str, Any] | None:
        """What the running demo says of itself, or None."""
        return _read_json(self.demo_file)


def make_api_key() -> str:
    """A partner's live key: `slx_live_<8 id>_<43 secret>`."""
    return f"slx_live_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


SECRETS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(48),
    "tracking_token_key": lambda: secrets.token_urlsafe(32),
    "recipient_keys": lambda: secrets.token_urlsafe(32),
    "api_key": make_api_key,
    "ops_password": lambda: secrets.token_urlsafe(9),
    "admin_password": lambda: secrets.token_urlsafe(9),
}


def write_json(path: Path, value: object) -> None:
    """Write the file whole or not at all, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as draft:
        json.dump(value, draft, indent=2)
        draft.write("\n")
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
