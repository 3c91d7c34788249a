"""URLs of the console, below `/ops/`."""

from django.urls import path

from tracking.pages import audit, fleet, second_factor, shipment_actions, shipments, staff, theme

app_name = "ops"
urlpatterns = [
    path("", fleet.show_fleet, name="fleet"),
    path("lanes.json", fleet.show_lanes, name="lanes"),
    path("shipments/", shipments.search, name="shipments"),
    path("shipments/<str:shipment_id>", shipments.show_shipment, name="shipment"),
    path("shipments/<str:shipment_id>/brief", shipments.show_brief, name="brief"),
    path("shipments/<str:shipment_id>/as-customer", shipment_actions.see_as_customer, name="as_customer"),
    path("shipments/<str:shipment_id>/recipient", shipment_actions.unmask, name="unmask"),
    path("incidents/<int:incident_id>/acknowledge", shipment_actions.acknowledge, name="acknowledge"),
    path("incidents/<int:incident_id>/resolve", shipment_actions.resolve, name="resolve"),
    path("audit/", audit.show_audit, name="audit"),
    path("theme/", theme.choose_theme, name="theme"),
    path("login/", staff.sign_in, name="login"),
    path("login/code/", second_factor.verify, name="verify"),
    path("login/enrol/", second_factor.enrol, name="enrol"),
    path("logout/", staff.sign_out, name="logout"),
]
