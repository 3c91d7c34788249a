"""URLs of notifications for recipients, at the root."""

from django.urls import path

from notifications import preference_pages

urlpatterns = [
    path("preferences/<str:token>", preference_pages.show_preferences, name="preferences"),
    path("preferences/<str:token>/stop/<str:transport>", preference_pages.stop, name="stop"),
    path("preferences/<str:token>/why/<int:delivery_id>", preference_pages.show_why, name="why"),
]
