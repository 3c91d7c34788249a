"""URLs of notifications that everybody may open, at the root of the site."""

from django.urls import path

from notifications import verify

urlpatterns = [
    path("verify/", verify.show_form, name="verify"),
    path("verify/<str:typed>", verify.show_message, name="verify_message"),
]
