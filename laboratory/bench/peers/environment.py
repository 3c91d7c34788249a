"""Makes the peers' own virtual environment from `requirements-peers.lock`."""

import json
import subprocess
import venv
import zlib
from collections.abc import Callable
from pathlib import Path

from laboratory.bench.machine import ROOT
from laboratory.local.errors import LocalError

LOCK = ROOT / "requirements-peers.lock"
REPORTED_PACKAGES = (
    "async-kinesis",
    "aws-lambda-powertools",
    "aiobotocore",
    "boto3",
    "botocore",
    "django",
    "djangorestframework",
    "gunicorn",
    "starlette",
    "uvicorn",
    "msgspec",
    "redis",
)


def prepare_peers(folder: Path, report_progress: Callable[[str], None] = lambda _line: None) -> Path:
    """Return the Python of the peers' environment under `folder`; install it if the lock changed."""
    python, stamp = folder / "bin" / "python", folder / ".made_from"
    wanted = f"{zlib.crc32(LOCK.read_bytes()):08x}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    report_progress("Installing the packages of the compared consumers (a minute or two, once).")
    venv.create(folder, clear=True, with_pip=True)
    _run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK))
    stamp.write_text(wanted, encoding="utf-8")
    return python


def read_versions(python: Path) -> dict[str, str]:
    """Return the versions of the peers' packages, by name."""
    listed = json.loads(_run(python, "-m", "pip", "list", "--format", "json"))
    versions = {package["name"].lower().replace("_", "-"): package["version"] for package in listed}
    return {name: versions[name] for name in REPORTED_PACKAGES}


def _run(python: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - the environment's own Python
        (str(python), *arguments), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalError(f"Could not install the packages of the compared consumers.\n{done.stderr[-2000:]}")
    return done.stdout
