"""Links of the OpenAPI document: which value of an answer is the parameter of which other operation."""

from typing import Any

_SHIPMENT = {"shipment_id": "$response.body#/shipment_id"}
_REPORTED = {"shipment_id": "$request.body#/shipment_id"}
_VEHICLE = {"vehicle_id": "$response.body#/vehicle_id"}
_MANIFEST = {"manifest_id": "$response.body#/manifest_id"}
_INCIDENT = {"incident_id": "$response.body#/results/0/incident_id"}
_NEXT = {"cursor": "$response.body#/next"}

# By operation and status: the operations that may follow, each with its parameters.
LINKS: dict[tuple[str, str], dict[str, dict[str, str]]] = {
    ("book_shipment", "201"): dict.fromkeys(
        (
            "read_shipment",
            "change_shipment",
            "cancel_shipment",
            "list_events",
            "explain_shipment",
            "read_tracking",
            "read_public",
            "list_proofs",
            "add_proof",
        ),
        _SHIPMENT,
    ),
    ("report_events", "202"): {
        "read_tracking": _REPORTED,
        "list_events": _REPORTED,
        "correct_event": _REPORTED | {"event_id": "$response.body#/results/0/event_id"},
    },
    ("list_incidents", "200"): dict.fromkeys(
        ("read_incident", "acknowledge_incident", "resolve_incident"), _INCIDENT
    )
    | {"list_incidents": _NEXT},
    ("list_shipments", "200"): {"list_shipments": _NEXT},
    ("list_changes", "200"): {"list_changes": {"after": "$response.body#/next"}},
    ("register_vehicle", "201"): dict.fromkeys(
        ("read_vehicle", "change_vehicle", "remove_vehicle", "list_positions"), _VEHICLE
    ),
    ("list_vehicles", "200"): {"list_vehicles": _NEXT},
    ("open_manifest", "201"): dict.fromkeys(
        ("read_manifest", "change_manifest", "close_manifest"), _MANIFEST
    ),
    ("list_manifests", "200"): {"list_manifests": _NEXT},
}


def add_links(operation_id: str, status: str, following: dict[str, dict[str, str]]) -> None:
    """Add the links of an answer of another app's operation, in the form of `LINKS`."""
    LINKS[operation_id, status] = following


def links_from(operation_id: str, status: str) -> dict[str, Any]:
    """Return the links of an answer for the document, by name; empty when nothing follows."""
    return {
        following: {"operationId": following, "parameters": parameters}
        for following, parameters in LINKS.get((operation_id, status), {}).items()
    }
