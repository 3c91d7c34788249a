"""URLs of the console, below `/ops/`."""

from django.urls import path

from tracking.pages import fleet, shipments, staff, theme

app_name = "ops"
# The converter `id` is registered by tracking/api/urls.py, which tracking/urls.py includes first. Text that
# can be no id has no page, so no store is asked for it.
urlpatterns = [
    path("", fleet.show_fleet, name="fleet"),
    path("lanes.json", fleet.show_lanes, name="lanes"),
    path("shipments/", shipments.search, name="shipments"),
    path("shipments/<id:shipment_id>", shipments.show_shipment, name="shipment"),
    path("shipments/<id:shipment_id>/brief", shipments.show_brief, name="brief"),
    path("shipments/<id:shipment_id>/as-customer", shipments.see_as_customer, name="as_customer"),
    path("theme/", theme.choose_theme, name="theme"),
    path("login/", staff.sign_in, name="login"),
    path("logout/", staff.sign_out, name="logout"),
]
