"""Celery application of the roles `shards`, `queues` and `beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from swiftlogix import telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

app = Celery("swiftlogix")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workers"])
# By name: the module needs Django, which Celery sets up when a worker starts.
app.steps["worker"].add("workers.bootstep:LeaseStep")


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Keep the product's logging: with a receiver of this signal, Celery adds no handler of its own."""
    telemetry.set_up()
