"""URLs of the customer's pages; `tracking/urls.py` includes them at the root."""

from django.urls import path
from django.views.generic import RedirectView

from tracking.pages import brand, customer, customer_requests, eta_quality, find, home, status

urlpatterns = [
    path("", home.show, name="home"),
    path("favicon.ico", home.show_icon, name="icon"),
    path("track/", find.find, name="find"),
    path("eta-quality/", eta_quality.show, name="eta_quality"),
    path("status/", status.show, name="status"),
    path("t/<str:token>", customer.show, name="customer"),
    path("t/<str:token>/", RedirectView.as_view(pattern_name="customer")),
    path("t/<str:token>/unlock", customer.unlock, name="unlock"),
    path("t/<str:token>/requests/", customer_requests.take_request, name="requests"),
    path("t/<str:token>/delivery.ics", customer.show_calendar, name="calendar"),
    path("brand/<str:partner_id>/colours.css", brand.show_style, name="brand_style"),
    path("brand/<str:partner_id>/logo", brand.show_logo, name="brand_logo"),
    path("t/<str:token>/proofs/<str:proof_id>/", customer.show_proof, name="customer_proof"),
]
