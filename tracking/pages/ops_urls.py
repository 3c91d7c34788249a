"""URLs of the console, below `/ops/`."""

from django.urls import path

from tracking.pages import (
    audit,
    fleet,
    incident_actions,
    incidents,
    second_factor,
    shipment_actions,
    shipments,
    staff,
    street_tiles,
    theme,
)

app_name = "ops"
# The converter `id` is registered by tracking/api/urls.py, which tracking/urls.py includes first. Text that
# can be no id has no page, so no store is asked for it.
urlpatterns = [
    path("", fleet.show_fleet, name="fleet"),
    path("lanes.json", fleet.show_lanes, name="lanes"),
    path("localities.json", fleet.show_localities, name="localities"),
    path("streets.pmtiles", street_tiles.show_streets, name="streets"),
    path("shipments/", shipments.search, name="shipments"),
    path("shipments/<id:shipment_id>", shipments.show_shipment, name="shipment"),
    path("shipments/<id:shipment_id>/brief", shipments.show_brief, name="brief"),
    path("shipments/<id:shipment_id>/as-customer", shipment_actions.see_as_customer, name="as_customer"),
    path("shipments/<id:shipment_id>/recipient", shipment_actions.unmask, name="unmask"),
    path("incidents/", incidents.show_incidents, name="incidents"),
    path("incidents/acknowledge", incident_actions.acknowledge, name="acknowledge"),
    path("incidents/assign", incident_actions.assign, name="assign"),
    path("incidents/snooze", incident_actions.snooze, name="snooze"),
    path("incidents/resolve", incident_actions.resolve, name="resolve"),
    path("incidents/reopen", incident_actions.reopen, name="reopen"),
    path("incidents/note", incident_actions.note, name="note"),
    path("incidents/undo", incident_actions.undo, name="undo"),
    path("incidents/views", incident_actions.keep_view, name="keep_view"),
    path("incidents/views/<int:view_id>/delete", incident_actions.drop_view, name="drop_view"),
    path("audit/", audit.show_audit, name="audit"),
    path("theme/", theme.choose_theme, name="theme"),
    path("login/", staff.sign_in, name="login"),
    path("login/code/", second_factor.verify, name="verify"),
    path("login/enrol/", second_factor.enrol, name="enrol"),
    path("logout/", staff.sign_out, name="logout"),
]
