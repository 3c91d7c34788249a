"""URLs of the console, below `/ops/`."""

from django.urls import path

from tracking.pages import fleet, shipments, staff, theme

app_name = "ops"
urlpatterns = [
    path("", fleet.show_fleet, name="fleet"),
    path("lanes.json", fleet.show_lanes, name="lanes"),
    path("shipments/", shipments.search, name="shipments"),
    path("shipments/<str:shipment_id>", shipments.show_shipment, name="shipment"),
    path("shipments/<str:shipment_id>/brief", shipments.show_brief, name="brief"),
    path("shipments/<str:shipment_id>/as-customer", shipments.see_as_customer, name="as_customer"),
    path("theme/", theme.choose_theme, name="theme"),
    path("login/", staff.sign_in, name="login"),
    path("logout/", staff.sign_out, name="logout"),
]
