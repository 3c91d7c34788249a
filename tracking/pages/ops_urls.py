"""URLs of the console, below `/ops/`."""

from django.urls import path

from tracking.pages import (
    audit,
    corrections,
    fleet,
    incident_actions,
    incidents,
    kpis,
    replay,
    search,
    second_factor,
    shipment,
    shipment_actions,
    shipments,
    staff,
    theme,
    vehicle_list,
)

app_name = "ops"
# The converter `id` is registered by tracking/api/urls.py, which tracking/urls.py includes first. Text that
# can be no id has no page, so no store is asked for it.
urlpatterns = [
    path("", fleet.show_fleet, name="fleet"),
    path("lanes.json", fleet.show_lanes, name="lanes"),
    path("shipments/", shipments.search, name="shipments"),
    path("shipments/<id:shipment_id>", shipment.show_shipment, name="shipment"),
    path("shipments/<id:shipment_id>/brief", shipments.show_brief, name="brief"),
    path("shipments/<id:shipment_id>/as-customer", shipment_actions.see_as_customer, name="as_customer"),
    path("shipments/<id:shipment_id>/recipient", shipment_actions.unmask, name="unmask"),
    path("shipments/<id:shipment_id>/proofs", shipment_actions.see_proofs, name="proofs"),
    path("shipments/<id:shipment_id>/note", shipment_actions.add_note, name="note_shipment"),
    path("shipments/<id:shipment_id>/correct", corrections.correct, name="correct"),
    path("shipments/<id:shipment_id>/replay", replay.show_shipment, name="shipment_replay"),
    path("shipments/<id:shipment_id>/track.json", replay.answer_shipment_track, name="shipment_track"),
    path("vehicles/", vehicle_list.show_vehicles, name="vehicles"),
    path("vehicles/<id:vehicle_id>/", replay.show_vehicle, name="vehicle"),
    path("vehicles/<id:vehicle_id>/track.json", replay.answer_vehicle_track, name="vehicle_track"),
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
    path("search/", search.search, name="search"),
    path("kpis/", kpis.show_kpis, name="kpis"),
    path("kpis/kpis.csv", kpis.download_kpis, name="kpis_csv"),
    path("audit/", audit.show_audit, name="audit"),
    path("theme/", theme.choose_theme, name="theme"),
    path("login/", staff.sign_in, name="login"),
    path("login/code/", second_factor.verify, name="verify"),
    path("login/enrol/", second_factor.enrol, name="enrol"),
    path("logout/", staff.sign_out, name="logout"),
]
