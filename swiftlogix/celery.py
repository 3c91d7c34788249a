"""Celery application of the roles `shards`, `queues` and `beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

app = Celery("swiftlogix")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workers"])
# By name: the module needs Django, which Celery sets up when a worker starts.
app.steps["worker"].add("workers.bootstep:LeaseStep")
