"""URLs of notifications, below `/ops/`."""

from django.urls import path

from notifications import pages

app_name = "notifications"
urlpatterns = [
    path("outbox/", pages.show_outbox, name="outbox"),
    path("outbox/<int:message_id>/html", pages.show_mail, name="outbox_mail"),
]
