"""URLs of notifications that everybody may open, at the root of the site."""

from django.urls import path

from notifications import preference_pages, verify

urlpatterns = [
    path("preferences/<str:token>", preference_pages.show_preferences, name="preferences"),
    path("preferences/<str:token>/stop/<str:transport>", preference_pages.stop, name="stop"),
    path("preferences/<str:token>/why/<int:delivery_id>", preference_pages.show_why, name="why"),
    path("verify/", verify.show_form, name="verify"),
    path("verify/<str:typed>", verify.show_message, name="verify_message"),
]
