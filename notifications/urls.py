"""URLs of notifications, below `/ops/`."""

from django.urls import path

from notifications import pages, rule_pages

app_name = "notifications"
urlpatterns = [
    path("outbox/", pages.show_outbox, name="outbox"),
    path("rules/", rule_pages.show_rules, name="rules"),
]
