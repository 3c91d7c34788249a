"""Time from putting an event on the stream until the open page shows it; `make test-speed` runs it."""

import json
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlsplit

import pytest

from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.opt_in import only_with
from tests.waiting import PUBLIC_PAUSE_S, wait_for
from tracking.domain.events import format_time

pytestmark = [pytest.mark.browser, heavy, only_with("SPEED", "make test-speed")]
EVENTS, P95_MS = 100, 800
# Shards are read every 220 ms: without a pause, each event would come just after a read.
LONGEST_PAUSE_MS = 250
# Notes by the page's clock when each time of an update is in the document.
OBSERVE = """
window.seen = {};
new MutationObserver(() => {
  const { updated } = document.querySelector("[data-updated]").dataset;
  window.seen[Date.parse(updated)] ??= Date.now();
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
IS_SEEN = "at => at in window.seen"


def test_an_event_on_the_stream_is_in_the_document_within_800_ms(page, product) -> None:
    booked, draw = product.book(), Random(1)
    shipment_id = booked["shipment_id"]
    wait_for(lambda: product.call("GET", f"/tracking/{shipment_id}").status == 200, pause_s=PUBLIC_PAUSE_S)
    watch = Watch(page, product.web)
    with page.expect_websocket() as live:
        page.goto(product.web + urlsplit(booked["tracking_url"]).path)
    live.value.wait_for_event("framereceived")
    page.evaluate(OBSERVE)
    sent_ms = []
    for number in range(EVENTS):
        page.wait_for_timeout(draw.uniform(0, LONGEST_PAUSE_MS))
        moment = datetime.now(UTC)
        at = {"lat": 12.97 + number * 0.001, "lon": 77.59, "timestamp": format_time(moment)}
        product.put({"shipment_id": shipment_id, "status": "in_transit"} | at)
        sent_ms.append(int(moment.timestamp() * 1000))
        wait_for(lambda: page.evaluate(IS_SEEN, sent_ms[-1]), pause_s=0.02)
    seen = page.evaluate("window.seen")
    delays = sorted(seen[str(sent)] - sent for sent in sent_ms)
    shares = {f"p{share}": delays[EVENTS * share // 100 - 1] for share in (50, 95, 99)}
    print(json.dumps({"events": EVENTS, "ms": shares | {"longest": delays[-1]}}))  # noqa: T201
    assert shares["p95"] < P95_MS
    assert watch.faults() == []
