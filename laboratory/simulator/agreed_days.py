"""Days that recipients have agreed to: read from the partner's feed of changes, kept by the vans."""

import json
import threading
import urllib.request
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

POLL_S = 10.0
TIMEOUT_S = 10.0
PAGE = 200
TYPES = "shipment.eta_changed"
# Reason of a shown window that begins with the hours of the agreed day.
AGREED = "agreed"


class AgreedDays:
    """Moments from which parcels may be delivered, for those whose recipient has agreed to a later day.

    Without `follow` there are none. Moments are epoch seconds; vehicles ask in seconds since `started_at`.
    """

    def __init__(self, started_at: float = 0.0) -> None:
        self._started_at = started_at
        self._from: dict[str, float] = {}
        self._stopped = threading.Event()

    def is_before(self, shipment_id: str, now: float) -> bool:
        """Return whether the parcel's agreed day has not begun, `now` seconds after the start."""
        begins = self._from.get(shipment_id)
        return begins is not None and self._started_at + now < begins

    def note(self, entry: dict[str, Any]) -> None:
        """Take the day from an entry of the feed, if its change has one."""
        change = entry["data"]["change"]
        eta = change["after"]["eta"]
        if eta is not None and eta["shown"]["reason"] == AGREED:
            self._from[change["shipment_id"]] = datetime.fromisoformat(eta["shown"]["from"]).timestamp()

    def follow(self, api: str, api_key: str) -> None:
        """Read the feed every `POLL_S` in a thread of its own, until `stop` is called."""
        arguments = (f"{api.rstrip('/')}/api/v1/changes", api_key)
        # A daemon thread: a running request must not keep the process from ending.
        threading.Thread(target=self._work, args=arguments, name="agreed-days", daemon=True).start()

    def stop(self) -> None:
        """Stop reading."""
        self._stopped.set()

    def _work(self, url: str, api_key: str) -> None:
        after = ""
        while not self._stopped.is_set():
            try:
                page = _read(url, api_key, after)
            except OSError:
                # The API is starting or busy: the same page is read again.
                page = {"results": [], "next": after}
            for entry in page["results"]:
                self.note(entry)
            after = page["next"]
            if len(page["results"]) < PAGE:
                self._stopped.wait(POLL_S)


def _read(url: str, api_key: str, after: str) -> dict[str, Any]:
    """Return the page of the feed after the cursor; raises `OSError` if the API does not answer with one."""
    query = {"types": TYPES, "limit": PAGE} | ({"after": after} if after else {})
    request = urllib.request.Request(  # noqa: S310 - the address is the caller's own
        f"{url}?{urlencode(query)}", headers={"Authorization": f"Bearer {api_key}"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        page: dict[str, Any] = json.load(answer)
    return page
