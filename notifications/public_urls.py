"""URLs of notifications that everybody may open, at the root of the site."""

from django.urls import path

from notifications import preference_pages, verify
from notifications.webpush import views as webpush

urlpatterns = [
    path("preferences/<str:token>", preference_pages.show_preferences, name="preferences"),
    path("preferences/<str:token>/stop/<str:transport>", preference_pages.stop, name="stop"),
    path("preferences/<str:token>/why/<int:delivery_id>", preference_pages.show_why, name="why"),
    path("t/<str:token>/messages/", preference_pages.open_preferences, name="messages"),
    path("verify/", verify.show_form, name="verify"),
    path("verify/<str:typed>", verify.show_message, name="verify_message"),
    path("notify-worker.js", webpush.show_worker, name="notify_worker"),
    path("t/<str:token>/webpush/", webpush.take_subscription, name="webpush"),
    path(
        "t/<str:token>/webpush/<str:subscription_id>/", webpush.show_subscription, name="webpush_subscription"
    ),
    path("t/<str:token>/webpush/<str:subscription_id>/stop", webpush.end_subscription, name="webpush_stop"),
]
