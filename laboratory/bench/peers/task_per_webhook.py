"""Celery worker that sends webhooks as a first version often does: a task for each, sent by requests.

A task asks for its repetition by a countdown. Redirects are followed and no address is checked.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from celery import Celery
from celery.signals import worker_ready
from standardwebhooks import Webhook

from laboratory.bench import rebinding_names
from laboratory.bench.webhook_load import MESSAGE_PREFIX, read_load

TIMEOUT_S = 15.0
DELAYS_S = (5, 300, 1800)
FAN_OUT = "laboratory.bench.peers.task_per_webhook.fan_out"

rebinding_names.install()
_task: dict[str, Any] = json.loads(Path(os.environ["PEER_LOAD"]).read_text(encoding="utf-8"))
_load = read_load(_task)
app = Celery("webhooks", broker=os.environ["CELERY_BROKER_URL"])
app.conf.update(task_ignore_result=True, task_default_queue=_load.run)


@worker_ready.connect  # type: ignore[untyped-decorator] - Celery has no types
def note_ready(**_: Any) -> None:
    """Make the file that shows that tasks are taken."""
    Path(os.environ["PEER_READY"]).touch()


@app.task(name=FAN_OUT)  # type: ignore[untyped-decorator] - Celery has no types
def fan_out(number: int) -> None:
    """Start a task for each endpoint that gets this change."""
    for endpoint in _load.list_endpoints(number):
        deliver.delay(_load.urls[endpoint], MESSAGE_PREFIX + _load.name_change(number), _task["body"])


@app.task(bind=True, max_retries=len(DELAYS_S))  # type: ignore[untyped-decorator] - as above
def deliver(self: Any, url: str, message_id: str, body: str) -> None:
    """Sign a webhook and send it; try again later if that failed."""
    now = datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(_task["secret"]).sign(message_id, now, body),
    }
    try:
        requests.post(url, data=body.encode(), headers=headers, timeout=TIMEOUT_S).raise_for_status()
    except requests.RequestException as error:
        raise self.retry(exc=error, countdown=DELAYS_S[min(self.request.retries, 2)]) from error
