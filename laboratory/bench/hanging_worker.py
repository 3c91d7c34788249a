"""Celery app of the product's workers with a test switch: a process can hang before it records."""

import time
from importlib import import_module
from typing import Any

from celery.signals import worker_ready

from laboratory.bench.hang_switch import read_remaining_hang_s
from swiftlogix.celery import app

__all__ = ["app"]


@worker_ready.connect
def install_hang_switch(**_: Any) -> None:
    """Make the pipeline's `record` wait first.

    Done at `worker_ready`, when Django is set up: importing the pipeline needs that.
    """
    pipeline = import_module("workers.line.process")
    record = pipeline.record

    def record_after_hang(*arguments: Any, **named: Any) -> Any:
        time.sleep(read_remaining_hang_s())
        return record(*arguments, **named)

    pipeline.record = record_after_hang  # type: ignore[attr-defined]
