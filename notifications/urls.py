"""URLs of notifications, below `/ops/`."""

from django.urls import path

from notifications import change_pages, pages, rule_pages
from notifications.webhooks import pages as webhook_pages

app_name = "notifications"
urlpatterns = [
    path("changes/", change_pages.show_changes, name="changes"),
    path("changes/<str:change_id>/", change_pages.show_change, name="change"),
    path("outbox/", pages.show_outbox, name="outbox"),
    path("rules/", rule_pages.show_rules, name="rules"),
    path("webhooks/", webhook_pages.show_webhooks, name="webhooks"),
    path("webhooks/deliveries/<int:number>/", webhook_pages.show_delivery, name="webhook_delivery"),
    path("webhooks/deliveries/<int:number>/redeliver", webhook_pages.send_again, name="redeliver_webhook"),
    path("outbox/<int:message_id>/html", pages.show_mail, name="outbox_mail"),
]
