"""Describes what a figure was measured on: the machine in general terms, commit and package versions."""

import os
import platform
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Linux: the CPU clock of a process, by its id.
_CPU_CLOCK = 2
# Cores that this process had before a bench pinned it to some of them.
_CORES = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset({0})
OURS = ("boto3", "botocore", "urllib3", "msgspec", "redis", "structlog", "Django")


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, Python version and operating system; nothing that identifies the host."""
    return {
        "cpu": _read_cpu_model(),
        "cores": os.cpu_count() or 1,
        "pinned_cores": sorted(choose_measured_cores()),
        "python": platform.python_version(),
        "os": f"{platform.system()} {platform.machine()}",
    }


def describe_run() -> dict[str, Any]:
    """Return begin (now), commit and machine of a run, as reports hold them."""
    commit, dirty = read_commit()
    machine = describe_machine()
    return {
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "dirty": dirty,
        "machine": {name: machine[name] for name in ("cpu", "cores", "python", "os")},
    }


def name_run(report: Mapping[str, Any]) -> str:
    """Return the begin of the sentence that says when and where the run of a report was."""
    machine = report["machine"]
    return (
        f"Measured {report['started_at'][:10]} at commit `{report['commit']}`"
        f"{' with changes' if report['dirty'] else ''} on {machine['cpu']}, {machine['cores']} cores"
    )


def choose_measured_cores() -> set[int]:
    """Return the one core that measured processes run on, as a set."""
    return {min(_CORES)}


def choose_other_cores() -> set[int]:
    """Return the cores for the stub and Redis: all others, or the same one if there is only one."""
    return set(_CORES - choose_measured_cores()) or choose_measured_cores()


def pin(pid: int, cores: set[int]) -> None:
    """Restrict a process to these cores, on systems that support it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, cores)


def read_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and all processes below it: all threads, user and system."""
    return sum(time.clock_gettime((~one << 3) | _CPU_CLOCK) for one in _list_family(pid))


def read_load() -> float:
    """Return the machine's load average over the last minute."""
    return round(os.getloadavg()[0], 2)


def read_commit() -> tuple[str, bool]:
    """Return the current commit and whether tracked files differ from it; `unknown` outside a checkout."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown", False
    return commit, bool(_git("status", "--porcelain", "--untracked-files=no"))


def read_own_versions() -> dict[str, str]:
    """Return the versions of the packages the pipeline mainly runs on."""
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


def _list_family(pid: int) -> list[int]:
    """Return the ids of a process and of all processes below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in _list_family(int(child)))]


def _read_cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else "unknown"
