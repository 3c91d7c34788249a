"""What is read by HTTP once the day of the scenario is over: the public answer and the partner API."""

from typing import Any

from tests.golden.frozen import at
from tests.golden.scenario import Day

SHIPMENTS = ("123", "SLX-1001", "SLX-1003", "SLX-1006", "SLX-1007", "TEST-1", "CLOCK")
NOT_HERE = ("nobody", "a b", "SLX-1001/x")


def read_public(day: Day) -> None:
    """`GET /tracking/{id}`: in three languages, conditionally, by the wrong method, of nobody."""
    for name in (*SHIPMENTS, "SLX-1002", "SLX-1004", "SLX-1005", "SLX-1008", "SLX-2001", "WALK-IN"):
        day.ask("GET", f"/tracking/{name}", key=None)
    for language in ("hi", "ta", "xx"):
        day.ask("GET", f"/tracking/SLX-1004?lang={language}", key=None)
    etag = day.ask("GET", "/tracking/SLX-1001/", key=None)["ETag"]
    day.ask("GET", "/tracking/SLX-1001", key=None, If_None_Match=etag)
    day.ask("HEAD", "/tracking/SLX-1001", key=None)
    day.ask("POST", "/tracking/SLX-1001", key=None)
    for name in NOT_HERE:
        day.ask("GET", f"/tracking/{name}", key=None)


def read_shipments(day: Day) -> None:
    """Bookings with where they stand: one by one and as lists with every filter."""
    for name in ("SLX-1001", "SLX-1003", "SLX-1006", "SLX-1008", "123", "nobody"):
        day.ask("GET", f"/api/v1/shipments/{name}")
    day.ask("GET", "/api/v1/shipments/SLX-1001", key=day.rival_key)
    day.ask("GET", "/api/v1/shipments/TEST-1", key=day.test_key)
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
        page = day.ask("GET", f"/api/v1/shipments?{query}")
        if page.status_code == 200 and (following := page.json()["next"]):
            day.ask("GET", f"/api/v1/shipments?{query}&cursor={following}")
    etag = day.ask("GET", "/api/v1/shipments?limit=1", key=day.rival_key)["ETag"]
    day.ask("GET", "/api/v1/shipments?limit=1", key=day.rival_key, If_None_Match=etag)


def read_tracking(day: Day) -> None:
    """Where shipments are and were, why, and all their events."""
    for name in (*SHIPMENTS, "nobody"):
        day.ask("GET", f"/api/v1/tracking/{name}")
    for minute in (9, 44, 60, 700):
        day.ask("GET", f"/api/v1/tracking/SLX-1001?as_of={at(minute).strftime('%Y-%m-%dT%H:%M:%SZ')}")
    day.ask("GET", "/api/v1/tracking/SLX-1001?as_of=1999-01-01T00:00:00Z")
    day.ask("GET", "/api/v1/tracking/SLX-1001?as_of=today")
    wanted = ["SLX-1002", "nobody", "SLX-1004", "SLX-1002"]
    day.ask("POST", "/api/v1/tracking/batch", {"shipment_ids": wanted})
    day.ask("POST", "/api/v1/tracking/batch", {"shipment_ids": []})
    for name in ("SLX-1001", "SLX-1003", "SLX-1006", "SLX-1007"):
        day.ask("GET", f"/api/v1/shipments/{name}/explain")
    for query in ("", "?include=rejected", "?order=desc&limit=4", "?order=up", "?include=all"):
        page = day.ask("GET", f"/api/v1/shipments/SLX-1001/events{query}")
        if page.status_code == 200 and (following := page.json()["next"]):
            day.ask("GET", f"/api/v1/shipments/SLX-1001/events{query}&cursor={following}")
    for name in ("SLX-1003", "SLX-1006", "SLX-1007"):
        day.ask("GET", f"/api/v1/shipments/{name}/events?include=rejected")
    day.ask("GET", "/api/v1/shipments/SLX-1001/proofs")
    day.ask("GET", "/api/v1/shipments/nobody/proofs")


def read_feed(day: Day) -> None:
    """The feed of changes: in pages, by type, from a cursor that is not ours."""
    after = ""
    for _ in range(2):
        page = day.ask("GET", f"/api/v1/changes?limit=10{after}")
        after = f"&after={page.json()['next']}"
    day.ask("GET", "/api/v1/changes?types=shipment.stalled,shipment.corrected")
    day.ask("GET", "/api/v1/changes?types=shipment.lost")
    day.ask("GET", "/api/v1/changes?after=abc")
    day.ask("GET", "/api/v1/changes", key=day.rival_key)
    day.ask("GET", "/api/v1/changes", key=day.test_key)


def read_fleet(day: Day) -> None:
    """Vehicles, positions and manifests."""
    day.ask("GET", "/api/v1/vehicles")
    page = day.ask("GET", "/api/v1/vehicles?limit=1").json()
    day.ask("GET", f"/api/v1/vehicles?limit=1&cursor={page['next']}")
    for name in ("KA-1", "KA-2", "RV-1", "nobody"):
        day.ask("GET", f"/api/v1/vehicles/{name}")
    for query in (
        "",
        "?limit=3",
        "?from=2026-11-22T08:30:00Z&to=2026-11-22T08:45:00Z",
        "?from=2026-11-23T08:30:00Z",
    ):
        day.ask("GET", f"/api/v1/vehicles/KA-1/positions{query}")
    for query in ("", "?vehicle_id=KA-1", "?state=open", "?state=closed", "?limit=1", "?state=lost"):
        day.ask("GET", f"/api/v1/manifests{query}")
    day.ask("GET", day.manifest)
    day.ask("GET", "/api/v1/manifests/nobody")
    day.ask("DELETE", "/api/v1/vehicles/KA-2")


def read_incidents(day: Day) -> None:
    """Incidents: listed, read, acknowledged, resolved once."""
    for query in (
        "",
        "?state=open",
        "?state=resolved",
        "?code=delayed",
        "?shipment_id=SLX-1003",
        "?state=new",
    ):
        day.ask("GET", f"/api/v1/incidents{query}")
    first = day.ask("GET", "/api/v1/incidents?limit=1&state=open").json()["results"][0]["incident_id"]
    path = f"/api/v1/incidents/{first}"
    day.ask("GET", path)
    day.ask("GET", path, key=day.rival_key)
    day.ask("POST", f"{path}/acknowledge")
    day.ask("POST", f"{path}/resolve", {"resolution_code": "none"})
    day.ask("POST", f"{path}/resolve", {"resolution_code": "other", "note": "Ring 98450 12345"})
    day.ask("POST", f"{path}/resolve", {"resolution_code": "other"})
    day.ask("GET", "/api/v1/incidents/inc_0")


def read_refusals(day: Day) -> None:
    """What is refused whatever is asked for: keys, methods, bodies, addresses."""
    day.ask("GET", "/api/v1/shipments", key=None)
    day.ask("GET", "/api/v1/shipments", key="slx_live_nobody_secret")
    day.ask("PUT", "/api/v1/shipments", {})
    day.ask("GET", "/api/v1/nothing")
    day.ask("POST", "/api/v1/shipments", b"not json")
    day.ask("POST", "/api/v1/shipments", b'"' + b"x" * 1_050_000 + b'"')
    day.ask("POST", "/api/v1/shipments", {})
    day.ask("POST", "/api/v1/events", {"shipment_id": "SLX-1001"}, key=day.rival_key)
    day.ask("POST", "/api/v1/events", {"events": []})
    day.recorder.call(day.client, "POST", "/api/v1/shipments", key=day.key, form={"a": "b"})
    day.ask("GET", "/api/v1/shipments", Accept="text/html")
    day.ask("GET", "/api/proofs/abc", key=None)
    day.ask("GET", "/healthz", key=None)
    # Of its whole text only the hash: it is in the repository as docs/openapi.yaml.
    day.recorder.call(day.client, "GET", "/api/schema/", keep="hash", Accept="application/json")


def read_usage(day: Day) -> None:
    """What was used; the last of all, since it counts the others."""
    day.product.sweep()
    for query in ("", "?from=2026-11-21&to=2026-11-22", "?from=2026-11-23&to=2026-11-22", "?from=x"):
        day.ask("GET", f"/api/v1/usage{query}")


READS: dict[str, Any] = {
    "public": read_public,
    "shipments": read_shipments,
    "tracking": read_tracking,
    "feed": read_feed,
    "fleet": read_fleet,
    "incidents": read_incidents,
    "refusals": read_refusals,
    "usage": read_usage,
}
