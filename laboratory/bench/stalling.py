"""The product's workers with a switch the product has not: before it records, a process hangs on demand."""

import time
from importlib import import_module
from typing import Any

from celery.signals import worker_ready

from laboratory.bench.hanging import left_to_hang
from swiftlogix.celery import app

__all__ = ["app"]


@worker_ready.connect
def put_switch_in(**_: Any) -> None:
    """Let the line's `record` wait first; Django is set up by now, which the line needs."""
    pipeline = import_module("workers.line.process")
    record = pipeline.record

    def record_late(*arguments: Any, **named: Any) -> Any:
        time.sleep(left_to_hang())
        return record(*arguments, **named)

    pipeline.record = record_late  # type: ignore[attr-defined]
