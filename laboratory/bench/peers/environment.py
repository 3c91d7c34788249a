"""The peers' own environment: made when it is first asked for, from `requirements-peers.lock`."""

import json
import subprocess
import venv
import zlib
from collections.abc import Callable
from pathlib import Path

from laboratory.bench.machine import ROOT
from laboratory.local.errors import LocalError

LOCK = ROOT / "requirements-peers.lock"
TOLD = ("async-kinesis", "aws-lambda-powertools", "aiobotocore", "boto3", "botocore", "msgspec", "redis")


def prepare_peers(folder: Path, say: Callable[[str], None] = lambda _line: None) -> Path:
    """The Python of the peers' environment under `folder`; installs it if the lock has changed."""
    python, stamp = folder / "bin" / "python", folder / ".made_from"
    wanted = f"{zlib.crc32(LOCK.read_bytes()):08x}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    say("Installing the peers' packages (a minute or two, once).")
    venv.create(folder, clear=True, with_pip=True)
    _run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK))
    stamp.write_text(wanted, encoding="utf-8")
    return python


def read_versions(python: Path) -> dict[str, str]:
    """The versions of what is measured there."""
    listed = json.loads(_run(python, "-m", "pip", "list", "--format", "json"))
    known = {package["name"].lower().replace("_", "-"): package["version"] for package in listed}
    return {name: known[name] for name in TOLD}


def _run(python: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - the environment's own Python
        (str(python), *arguments), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalError(f"The peers' environment could not be made.\n{done.stderr[-2000:]}")
    return done.stdout
