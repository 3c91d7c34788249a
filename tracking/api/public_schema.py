"""Public operations of the OpenAPI document, which need no key and are no DRF views."""

from collections.abc import Callable
from typing import Any

from tracking.api.answers import Problem, PublicAnswer
from tracking.services.reading.eta_quality import EtaQuality
from tracking.translation import LANGUAGES

# Response with this status and a body of this type.
Content = Callable[[int, type], dict[str, Any]]
_IF_NONE_MATCH = {"in": "header", "name": "If-None-Match", "schema": {"type": "string"}}


def describe_public(
    content: Content, shipment_id: dict[str, Any], not_modified: str
) -> dict[str, dict[str, Any]]:
    """Return the public operations by path.

    `shipment_id` is the schema of an id in a path, `not_modified` the text of status 304.
    """
    unchanged = {"304": {"description": not_modified}}
    return {
        "/tracking/{shipment_id}": {"get": _read_public(content, shipment_id, unchanged)},
        "/api/v1/eta-quality": {"get": _read_quality(content, unchanged)},
    }


def _read_public(content: Content, shipment_id: dict[str, Any], unchanged: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": "read_public",
        "summary": "Read the public state of a shipment",
        "description": (
            "Needs no key. Caches may store the answer for 60 s. `ETag` is the version; the socket "
            "`/ws/track/{shipment_id}/` sends each new version at once."
        ),
        "parameters": [
            {"in": "path", "name": "shipment_id", "required": True, "schema": shipment_id},
            {
                "in": "query",
                "name": "lang",
                "description": f"Language tag; its texts are in {', '.join(LANGUAGES)}, else in English.",
                "schema": {"type": "string", "default": "en"},
            },
            _IF_NONE_MATCH,
        ],
        "tags": ["tracking"],
        "security": [{}],
        "responses": {
            "200": content(200, PublicAnswer),
            **unchanged,
            **{str(status): content(status, Problem) for status in (404, 405, 429, 503)},
        },
    }


def _read_quality(content: Content, unchanged: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": "read_eta_quality",
        "summary": "Read how good arrival windows have been",
        "description": (
            "Needs no key. Arrival windows of the last eight weeks against the arrivals, by length, hour and "
            "week, and by how much windows are widened now. The page `/eta-quality/` shows the same. Caches "
            "may store the answer for 60 s."
        ),
        "parameters": [_IF_NONE_MATCH],
        "tags": ["tracking"],
        "security": [{}],
        "responses": {
            "200": content(200, EtaQuality),
            **unchanged,
            **{str(status): content(status, Problem) for status in (405, 429, 503)},
        },
    }
