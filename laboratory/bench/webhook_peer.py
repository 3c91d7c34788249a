"""Runs the peer of bench webhooks: a Celery worker of its own for each run, fed through Redis."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from celery import Celery

from laboratory.bench.machine import ROOT, choose_measured_cores, pin, read_cpu_s
from laboratory.bench.push_sides import read_memory_kb
from laboratory.bench.webhook_load import Load
from laboratory.local.addresses import wait_until
from laboratory.local.children import Program, start_child

MODULE = "laboratory.bench.peers.task_per_webhook"
FAN_OUT = f"{MODULE}.fan_out"
# As many attempts at once as a process of ours makes.
THREADS = 200
WORKER = f"-m celery -A {MODULE} worker -P threads -c {THREADS} --prefetch-multiplier 1 --loglevel WARNING"
READY_WITHIN_S, DONE_WITHIN_S, LOOK_EVERY_S = 60.0, 60.0, 0.5


class Spent(NamedTuple):
    """CPU seconds of a run, its seconds, and the resident memory in MB at its start, middle and end."""

    cpu_s: float
    wall_s: float
    memory_mb: list[float]


def run_peer(
    python: Path,
    folder: Path,
    redis_url: str,
    load: Load,
    body: str,
    secret: str,
    is_done: Callable[[], bool],
) -> Spent:
    """Run a load until it is done, for at most a minute after its last change."""
    task, ready = folder / f"{load.run}.json", folder / f"{load.run}.ready"
    app = Celery("webhooks", broker=redis_url)
    app.conf.update(task_ignore_result=True, task_default_queue=load.run)
    task.write_text(json.dumps(load.to_task() | {"body": body, "secret": secret}), encoding="utf-8")
    program = Program(
        name="peer",
        command=(str(python), *WORKER.split(), "-Q", load.run),
        environment=dict(os.environ)
        | {
            "PYTHONPATH": str(ROOT),
            "CELERY_BROKER_URL": redis_url,
            "PEER_LOAD": str(task),
            "PEER_READY": str(ready),
        },
        log=folder / f"{load.run}.log",
        folder=ROOT,
        is_ready=ready.exists,
    )
    child = start_child(program)
    try:
        pin(child.pid, choose_measured_cores())
        child.wait_ready(READY_WITHIN_S)
        return _send_changes(app, child.pid, load, is_done)
    finally:
        child.stop(0)
        app.close()


def _send_changes(app: Celery, pid: int, load: Load, is_done: Callable[[], bool]) -> Spent:
    memory = [read_memory_kb(pid) / 1024]
    time.sleep(max(0.0, load.begins_at - time.time()))
    began_s, began_at = read_cpu_s(pid), time.monotonic()
    for number in range(load.changes):
        time.sleep(max(0.0, load.find_due(number) - time.time()))
        app.send_task(FAN_OUT, [number])
        if number == load.changes // 2:
            memory.append(read_memory_kb(pid) / 1024)
    wait_until(is_done, DONE_WITHIN_S, LOOK_EVERY_S)
    wall_s = time.monotonic() - began_at
    return Spent(read_cpu_s(pid) - began_s, wall_s, [*memory, read_memory_kb(pid) / 1024])
