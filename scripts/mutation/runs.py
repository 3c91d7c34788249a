"""Runs of tests in a forked child, which has the libraries already and imports only our own code."""

import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest
from hypothesis import Phase, settings

# Slow to import, and independent of our settings.
LIBRARIES = (
    "boto3 botocore.session celery cryptography.fernet django.db.models django.forms django.http django.urls"
    " h3 hypothesis.stateful kombu numpy PIL.Image phonenumbers pytest_django redis s3transfer.manager"
    " scipy.spatial shapely structlog"
).split()


class Run(NamedTuple):
    """Result of a run: pytest's exit code (None if it was stopped), seconds of CPU and of the clock."""

    exit_code: int | None
    cpu_s: float
    elapsed_s: float


class Limit(NamedTuple):
    """Limits of a run: seconds of CPU, and of the clock for a run that waits for ever."""

    cpu_s: int
    elapsed_s: float


UNMUTATED = Limit(600, 1800.0)


def load_libraries() -> None:
    """Import what every child needs, so that none of them does."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for library in LIBRARIES:
        import_module(library)


def run_tests(tree: Path, tests: list[str], limit: Limit, *, keep_bytecode: bool = False) -> Run:
    """Run these tests in a forked child, until the first one fails."""
    scratch = Path(tempfile.mkdtemp(dir=tree.parent))
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _run_as_child(tree, scratch, tests, limit, keep_bytecode=keep_bytecode)
    status, usage = _wait(pid, began + limit.elapsed_s)
    shutil.rmtree(scratch, ignore_errors=True)
    exit_code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    return Run(exit_code, usage.ru_utime + usage.ru_stime, time.monotonic() - began)


def _wait(pid: int, until: float) -> tuple[int, resource.struct_rusage]:
    """Wait for the child, and end it with its own children when its time is over."""
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return status, usage
        if time.monotonic() > until:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        time.sleep(0.02)


def _run_as_child(
    tree: Path, scratch: Path, tests: list[str], limit: Limit, *, keep_bytecode: bool
) -> NoReturn:
    """Run pytest in the tree and end this process with its exit code."""
    os.setsid()
    os.chdir(tree)
    for stream in (1, 2):
        os.dup2(os.open(tree.parent / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    resource.setrlimit(resource.RLIMIT_CPU, (limit.cpu_s, limit.cpu_s + 5))
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    sys.path[0] = str(tree)
    # Two mutants may be of one length and one second; bytecode of the first would pass for the second's.
    sys.dont_write_bytecode = not keep_bytecode
    # The same examples for every mutant, and no search for a smaller one once an example fails.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)
    settings.load_profile("mutants")
    code = 3
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow and not browser"]
        code = int(pytest.main([*options, *tests]))
    finally:
        sys.stdout.flush()
        os._exit(code)
