"""What a figure was measured on: the machine in general terms, the code's commit, versions of packages."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = ("boto3", "botocore", "urllib3", "msgspec", "redis", "structlog", "Django")


def describe_machine() -> dict[str, Any]:
    """Processor, cores, Python and system; nothing that names the host."""
    return {
        "cpu": _read_cpu_model(),
        "cores": os.cpu_count() or 1,
        "pinned_cores": sorted(measured_cores()),
        "python": platform.python_version(),
        "os": f"{platform.system()} {platform.machine()}",
    }


def measured_cores() -> set[int]:
    """The core that measured processes run on."""
    return {min(os.sched_getaffinity(0))} if hasattr(os, "sched_getaffinity") else {0}


def other_cores() -> set[int]:
    """The cores for everything else: the stub and Redis; the same one when there is only one."""
    if not hasattr(os, "sched_getaffinity"):
        return {0}
    return os.sched_getaffinity(0) - measured_cores() or measured_cores()


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process on these cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, cores)


def read_load() -> float:
    """The load of the last minute."""
    return round(os.getloadavg()[0], 2)


def read_commit() -> tuple[str, bool]:
    """The commit the code is at, and whether files differ from it; `unknown` outside a checkout."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown", False
    return commit, bool(_git("status", "--porcelain", "--untracked-files=no"))


def own_versions() -> dict[str, str]:
    """The versions of the packages that carry the line."""
    return {name: metadata.version(name) for name in OURS}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            ("git", *arguments),  # noqa: S607 - the developer's own git
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _read_cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else "unknown"
