"""URLs of the pipeline page, under `/ops/`."""

from django.urls import path

from workers import pages

app_name = "workers"
urlpatterns = [
    path("pipeline/", pages.show_pipeline, name="pipeline"),
    path("pipeline/now/", pages.show_now, name="pipeline_now"),
    path("pipeline/alarms/", pages.show_alarms, name="pipeline_alarms"),
    path("pipeline/runbooks/<slug:name>", pages.show_runbook, name="runbook"),
    path("pipeline/quarantine/", pages.show_quarantine, name="pipeline_quarantine"),
    path("pipeline/quarantine/replay", pages.replay_one, name="replay_record"),
]
