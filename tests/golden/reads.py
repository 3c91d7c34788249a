"""Requests that read the results of the scenario's day: the public answer and the partner API."""

from typing import Any

from tests.golden.frozen import at
from tests.golden.scenario import Day

SHIPMENTS = ("123", "SLX-1001", "SLX-1003", "SLX-1006", "SLX-1007", "TEST-1", "CLOCK")
NOT_HERE = ("nobody", "a b", "SLX-1001/x")


def read_public(day: Day) -> None:
    """Read public answers: in three languages, conditionally, by a wrong method, of an unknown id."""
    for name in (*SHIPMENTS, "SLX-1002", "SLX-1004", "SLX-1005", "SLX-1008", "SLX-2001", "WALK-IN"):
        day.request("GET", f"/tracking/{name}", key=None)
    for language in ("hi", "ta", "xx"):
        day.request("GET", f"/tracking/SLX-1004?lang={language}", key=None)
    etag = day.request("GET", "/tracking/SLX-1001/", key=None)["ETag"]
    day.request("GET", "/tracking/SLX-1001", key=None, If_None_Match=etag)
    day.request("HEAD", "/tracking/SLX-1001", key=None)
    day.request("POST", "/tracking/SLX-1001", key=None)
    for name in NOT_HERE:
        day.request("GET", f"/tracking/{name}", key=None)
    day.request("GET", "/api/v1/eta-quality", key=None)


def read_shipments(day: Day) -> None:
    """Read bookings with their status: one by one and as lists with every filter."""
    for name in ("SLX-1001", "SLX-1003", "SLX-1006", "SLX-1008", "123", "nobody"):
        day.request("GET", f"/api/v1/shipments/{name}")
    day.request("GET", "/api/v1/shipments/SLX-1001", key=day.rival_key)
    day.request("GET", "/api/v1/shipments/TEST-1", key=day.test_key)
    for query in (
        "limit=2",
        "status=delivered",
        "reference=order-78",
        "status=lost",
        f"updated_since={at(650).strftime('%Y-%m-%dT%H:%M:%SZ')}&limit=3",
        "status=nowhere",
        "limit=0",
        "colour=red",
        "cursor=abc",
    ):
        page = day.request("GET", f"/api/v1/shipments?{query}")
        if page.status_code == 200 and (following := page.json()["next"]):
            day.request("GET", f"/api/v1/shipments?{query}&cursor={following}")
    etag = day.request("GET", "/api/v1/shipments?limit=1", key=day.rival_key)["ETag"]
    day.request("GET", "/api/v1/shipments?limit=1", key=day.rival_key, If_None_Match=etag)


def read_tracking(day: Day) -> None:
    """Read shipments as they are and were, the explanation, and all their events."""
    for name in (*SHIPMENTS, "nobody"):
        day.request("GET", f"/api/v1/tracking/{name}")
    for minute in (9, 44, 60, 700):
        day.request("GET", f"/api/v1/tracking/SLX-1001?as_of={at(minute).strftime('%Y-%m-%dT%H:%M:%SZ')}")
    day.request("GET", "/api/v1/tracking/SLX-1001?as_of=1999-01-01T00:00:00Z")
    day.request("GET", "/api/v1/tracking/SLX-1001?as_of=today")
    wanted = ["SLX-1002", "nobody", "SLX-1004", "SLX-1002"]
    day.request("POST", "/api/v1/tracking/batch", {"shipment_ids": wanted})
    day.request("POST", "/api/v1/tracking/batch", {"shipment_ids": []})
    for name in ("SLX-1001", "SLX-1003", "SLX-1006", "SLX-1007"):
        day.request("GET", f"/api/v1/shipments/{name}/explain")
    for query in ("", "?include=rejected", "?order=desc&limit=4", "?order=up", "?include=all"):
        page = day.request("GET", f"/api/v1/shipments/SLX-1001/events{query}")
        if page.status_code == 200 and (following := page.json()["next"]):
            day.request("GET", f"/api/v1/shipments/SLX-1001/events{query}&cursor={following}")
    for name in ("SLX-1003", "SLX-1006", "SLX-1007"):
        day.request("GET", f"/api/v1/shipments/{name}/events?include=rejected")
    day.request("GET", "/api/v1/shipments/SLX-1001/proofs")
    day.request("GET", "/api/v1/shipments/nobody/proofs")


def read_feed(day: Day) -> None:
    """Read the feed of changes: in pages, by type, from an invalid cursor."""
    after = ""
    for _ in range(2):
        page = day.request("GET", f"/api/v1/changes?limit=10{after}")
        after = f"&after={page.json()['next']}"
    day.request("GET", "/api/v1/changes?types=shipment.stalled,shipment.corrected")
    day.request("GET", "/api/v1/changes?types=shipment.lost")
    day.request("GET", "/api/v1/changes?after=abc")
    day.request("GET", "/api/v1/changes", key=day.rival_key)
    day.request("GET", "/api/v1/changes", key=day.test_key)


def read_fleet(day: Day) -> None:
    """Read vehicles, positions and manifests."""
    day.request("GET", "/api/v1/vehicles")
    page = day.request("GET", "/api/v1/vehicles?limit=1").json()
    day.request("GET", f"/api/v1/vehicles?limit=1&cursor={page['next']}")
    for name in ("KA-1", "KA-2", "RV-1", "nobody"):
        day.request("GET", f"/api/v1/vehicles/{name}")
    for query in (
        "",
        "?limit=3",
        "?from=2026-11-22T08:30:00Z&to=2026-11-22T08:45:00Z",
        "?from=2026-11-23T08:30:00Z",
    ):
        day.request("GET", f"/api/v1/vehicles/KA-1/positions{query}")
    for query in ("", "?vehicle_id=KA-1", "?state=open", "?state=closed", "?limit=1", "?state=lost"):
        day.request("GET", f"/api/v1/manifests{query}")
    day.request("GET", day.manifest)
    day.request("GET", "/api/v1/manifests/nobody")
    day.request("DELETE", "/api/v1/vehicles/KA-2")


def read_incidents(day: Day) -> None:
    """List, read, acknowledge and resolve incidents."""
    for query in (
        "",
        "?state=open",
        "?state=resolved",
        "?code=delayed",
        "?shipment_id=SLX-1003",
        "?state=new",
    ):
        day.request("GET", f"/api/v1/incidents{query}")
    first = day.request("GET", "/api/v1/incidents?limit=1&state=open").json()["results"][0]["incident_id"]
    path = f"/api/v1/incidents/{first}"
    day.request("GET", path)
    day.request("GET", path, key=day.rival_key)
    day.request("POST", f"{path}/acknowledge")
    day.request("POST", f"{path}/resolve", {"resolution_code": "none"})
    day.request("POST", f"{path}/resolve", {"resolution_code": "other", "note": "Ring 98450 12345"})
    day.request("POST", f"{path}/resolve", {"resolution_code": "other"})
    day.request("GET", "/api/v1/incidents/inc_0")


def read_webhooks(day: Day) -> None:
    """Create, change and delete an endpoint, test it, replay the day to it, and read its deliveries."""
    path = "/api/v1/webhook-endpoints"
    day.request("POST", path, {"url": "http://hooks.example.com/", "types": ["shipment.lost"]})
    day.request("POST", path, {"url": "https://hooks.example.com/in", "statuses": ["returned"], "thin": True})
    own = f"{path}/{day.request('GET', path).json()['results'][0]['endpoint_id']}"
    day.request("GET", own)
    day.request("GET", own, key=day.rival_key)
    day.request("GET", own, key=day.test_key)
    day.request("PATCH", own, {"statuses": ["delivered", "returned"], "thin": False})
    day.request("POST", f"{own}/rotate-secret")
    sent = day.request("POST", f"{own}/test").json()["delivery_id"]
    day.request("POST", f"{own}/replay", {})
    day.request("POST", f"{own}/replay", {"from": "2026-11-22T00:00:00Z"})
    deliveries = "/api/v1/webhook-deliveries"
    for query in ("?limit=3", "?type=webhook.test", "?outcome=waiting&shipment_id=SLX-1001", "?outcome=lost"):
        day.request("GET", f"{deliveries}{query}")
    day.request("GET", f"{deliveries}/{sent}")
    day.request("GET", f"{deliveries}/{sent}", key=day.rival_key)
    day.request("POST", f"{deliveries}/{sent}/redeliver")
    day.request("PATCH", own, {"enabled": False})
    day.request("POST", f"{deliveries}/{sent}/redeliver")
    day.request("PATCH", own, {"enabled": True})
    day.request("DELETE", own)
    day.request("GET", f"{deliveries}/{sent}")


def read_refusals(day: Day) -> None:
    """Send requests that are refused: by key, method, body or address."""
    day.request("GET", "/api/v1/shipments", key=None)
    day.request("GET", "/api/v1/shipments", key="slx_live_nobody_secret")
    day.request("PUT", "/api/v1/shipments", {})
    day.request("GET", "/api/v1/nothing")
    day.request("POST", "/api/v1/shipments", b"not json")
    day.request("POST", "/api/v1/shipments", b'"' + b"x" * 1_050_000 + b'"')
    day.request("POST", "/api/v1/shipments", {})
    day.request("POST", "/api/v1/events", {"shipment_id": "SLX-1001"}, key=day.rival_key)
    day.request("POST", "/api/v1/events", {"events": []})
    day.recorder.call(day.client, "POST", "/api/v1/shipments", key=day.key, form={"a": "b"})
    day.request("GET", "/api/v1/shipments", Accept="text/html")
    day.request("GET", "/api/proofs/abc", key=None)
    day.request("GET", "/healthz", key=None)
    # Only the hash of its text, which is in the repository as docs/openapi.yaml.
    day.recorder.call(day.client, "GET", "/api/schema/", keep="hash", Accept="application/json")


def read_usage(day: Day) -> None:
    """Read the usage; it comes last, because it counts the other requests."""
    day.product.sweep()
    for query in ("", "?from=2026-11-21&to=2026-11-22", "?from=2026-11-23&to=2026-11-22", "?from=x"):
        day.request("GET", f"/api/v1/usage{query}")


READS: dict[str, Any] = {
    "public": read_public,
    "shipments": read_shipments,
    "tracking": read_tracking,
    "feed": read_feed,
    "fleet": read_fleet,
    "incidents": read_incidents,
    "webhooks": read_webhooks,
    "refusals": read_refusals,
    "usage": read_usage,
}
