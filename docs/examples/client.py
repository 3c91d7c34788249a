"""Client of the partner API with only the standard library: book, report, read, follow the feed."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

TRIES = 5
# Statuses after which a request is retried: still running, too many requests, unavailable.
RETRIED = (409, 429, 503)


class RefusedError(Exception):
    """Raised when the API refuses a request; `problem` is the RFC 9457 body of its answer."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']} {problem['errors']}")
        self.problem = problem


class SwiftLogix:
    """API client of one partner; `url` is the product's address, `key` a key of `manage.py issue_key`."""

    def __init__(self, url: str, key: str) -> None:
        self._url = f"{url.rstrip('/')}/api/v1"
        self._key = key

    def book(self, booking: dict[str, Any]) -> dict[str, Any]:
        """Book a shipment; retries never book it twice."""
        return self._call("POST", "/shipments", booking)

    def report(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Report up to 500 events; the answer has a result for each."""
        return self._call("POST", "/events", {"events": events})

    def read(self, shipment_id: str) -> dict[str, Any]:
        """Read a shipment's state, with its position at full precision."""
        return self._call("GET", f"/tracking/{shipment_id}")

    def changes(self, after: str | None = None) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield every change after a cursor, with the cursor to store; ends when there is no newer one."""
        while True:
            query = urllib.parse.urlencode({"limit": 200, **({"after": after} if after else {})})
            page = self._call("GET", f"/changes?{query}")
            for change in page["results"]:
                yield change, page["next"]
            if not page["results"] or page["next"] == after:
                return
            after = page["next"]

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        if method == "POST":
            # The same for every try, so that a repeated request has no second effect.
            headers["Idempotency-Key"] = str(uuid.uuid4())
        data = None if body is None else json.dumps(body).encode()
        for left in reversed(range(TRIES)):
            request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - as given
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as given
                    parsed: dict[str, Any] = json.load(answer)
                    return parsed
            except urllib.error.HTTPError as error:
                wait = error.headers.get("Retry-After")
                if error.code not in RETRIED or wait is None or not left:
                    raise RefusedError(json.load(error)) from error
                time.sleep(float(wait))
        raise AssertionError("the last try returns or raises")


def main() -> None:
    """Take one parcel from booking to delivery, and print its changes in the feed."""
    api = SwiftLogix(os.environ["SWIFTLOGIX_URL"], os.environ["SWIFTLOGIX_KEY"])
    booked = api.book(
        {
            "reference": "order-78",
            "recipient": {"name": "Asha Raghavan", "phone": "98450 12345", "pin_code": "560034"},
            "origin_hub": "BLR-PNY",
            "destination_hub": "BLR-KRM",
            "promised": {"from": "2030-01-07T13:00:00+05:30", "to": "2030-01-07T16:00:00+05:30"},
        }
    )
    shipment_id = booked["shipment_id"]
    for status in ("picked_up", "out_for_delivery", "delivered"):
        outcome = api.report([{"shipment_id": shipment_id, "lat": 12.93, "lon": 77.62, "status": status}])
        print(f"{status}: {outcome['accepted']} accepted")  # noqa: T201 - an example prints
        while api.read(shipment_id)["status"] != status:
            time.sleep(0.2)
    statuses: list[str] = []
    while "delivered" not in statuses:
        changes = [entry["data"]["change"] for entry, _ in api.changes()]
        statuses = [change["after"]["status"] for change in changes if change["shipment_id"] == shipment_id]
    print("the feed has:", " -> ".join(dict.fromkeys(statuses)))  # noqa: T201 - an example prints


if __name__ == "__main__":
    main()
