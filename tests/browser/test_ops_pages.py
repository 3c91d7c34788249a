"""Pages of the console in a real browser: they fit, violate no rule of access, and search and replay work."""

from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from django.test import Client

import workers.ports
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tests.workers.records import make_record
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import VehicleFix, format_time
from tracking.domain.identity import make_sort_key
from tracking.domain.indian_time import INDIA, date_in_india
from tracking.histograms import find_bucket
from tracking.models import Manifest, Partner, Stop, Vehicle
from tracking.ports import TrackingPorts, ports, wire
from tracking.receipts import DAY, HOUR, STAGES, Slot, SlotFigures, find_slots
from tracking.services.operations.day_figures import count_day
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.staff_recipients import make_customer_token
from tracking.services.requests.roles import Role
from tracking.services.requests.staff_accounts import find_staff
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.local_traces import SpanLine
from workers.places.index import OfflinePlaces
from workers.ports import Refusal, WorkerPorts
from workers.steps.meter import STEPS, StepFigures
from workers.steps.ports import StepReport

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"phone": 390, "tablet": 768, "desk": 1280}
VEHICLE = "KA01AB1234"
# The first drawing of the map without a graphics card.
MAP_MS = 120_000
# The way of the vehicle ended at noon in India on a day that is over.
NOON = datetime.combine(date_in_india(datetime.now(UTC)) - timedelta(days=1), time(12), INDIA)
PAGES = {
    "kpis": "/ops/kpis/?by=lane",
    "pipeline": "/ops/pipeline/",
    "vehicles": "/ops/vehicles/",
    "replay": f"/ops/vehicles/{VEHICLE}/?day={NOON:%Y-%m-%d}",
    "audit": "/ops/audit/",
}


@pytest.fixture
def wired(web, transactional_db):
    """Memory adapters behind all ports that the running server reads."""
    before, workers_before = ports(), workers.ports.ports()
    live = MemoryLivePush()
    wire(TrackingPorts(MemoryShipmentStore(), MemoryEventStream(), live, MemoryVehicleStore()))
    memory = WorkerPorts(
        stream=MemoryStream(shards=1),
        leases=MemoryLeases(),
        quarantine=MemoryQuarantine(),
        bus=MemoryBus(),
        queues=MemoryQueues(("notify", "notify-dlq")),
        places=OfflinePlaces(),
    )
    workers.ports.wire(memory)
    yield memory
    wire(before)
    workers.ports.wire(workers_before)


@pytest.fixture
def supervisor(wired, settings, tmp_path):
    """An account, deliveries of a lane, a vehicle with its parcels, a quarantined record, figures."""
    user, now = make_staff(Role.SUPERVISOR, "asha"), datetime.now(UTC)
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme Parcels")
    for number in range(32):
        fields = {"status": "delivered", "status_at": now, "promised_to": now, "attempts": 0, "rating": 4}
        book(None, shipment_id=f"SLX-{number:02d}", partner=partner, reference=f"ORD-{number}", **fields)
    count_day(date_in_india(now), now)
    van = Vehicle.objects.create(vehicle_id=VEHICLE, partner=partner, label="Van 7")
    run = Manifest.objects.create(manifest_id="man_1", vehicle=van, starts_at=NOON - timedelta(hours=1))
    Stop.objects.create(manifest=run, shipment_id="SLX-01", sequence=1)
    drive(now)
    open_incident(ports().live, "exception", "SLX-01", "damaged", now, shipment_id="SLX-01")
    make_customer_token(find_staff(user, "req-1"), "SLX-01")
    record = make_record(1, raw=b'{"shipment_id": "SLX-01", "status": "in_transit"}', arrived_at=now)
    wired.quarantine.put([Refusal(record, "failed", "KeyError: 'lane'", "SLX-01")])
    figures = {
        step: StepFigures(600, 0, {find_bucket(8 * number): 600}) for number, step in enumerate(STEPS, 1)
    }
    wired.steps.keep("host:1:a", StepReport(now + timedelta(minutes=10), figures))
    ports().receipts.keep("host:1:a", make_receipts(now))
    settings.TRACES_EXPORTER, settings.TRACES_FILE = "jsonl", tmp_path / "traces.jsonl"
    settings.TRACES_FILE.write_bytes(make_trace())
    return user


def make_trace() -> bytes:
    """Return the lines of a trace in which one listener has failed."""
    ends_ms = {"read": 180, "decode": 184, "enrich": 201, "record": 260, "push": 264, "publish": 290}
    spans, begin = [], 0
    for verb, end in ends_ms.items():
        spans.append(SpanLine("a" * 32, verb, begin * 10**6, end * 10**6, {"shipment_id": "SLX-01"}))
        begin = end
    queue = {"shipment_id": "SLX-01", "queue": "notify"}
    spans.append(SpanLine("a" * 32, "deliver", 310 * 10**6, 420 * 10**6, queue, "TransientError"))
    return b"".join(msgspec.json.encode(span) + b"\n" for span in spans)


def make_receipts(now) -> dict[Slot, SlotFigures]:
    """Return figures of every stage of the receipt, in the last hour and day."""
    stages = {stage: {find_bucket(30 * number): 600} for number, stage in enumerate(STAGES, 1)}
    return {find_slots(span, now.timestamp())[-1]: SlotFigures(stages, 900, 0) for span in (HOUR, DAY)}


def drive(now) -> None:
    """Store the way of the vehicle, and its newest report for the fleet."""
    fixes = [make_fix(NOON - timedelta(minutes=minute), minute) for minute in range(60)]
    ports().vehicles.record_fixes(fixes)
    newest = {
        "vehicle_id": VEHICLE,
        "lat": 12.97,
        "lon": 77.59,
        "heading": 90.0,
        "speed_kmh": 28.0,
        "occurred_at": format_time(now),
        "shipment_id": "SLX-01",
        "status": "out_for_delivery",
        "is_delayed": False,
    }
    ports().live.push_fleet({"vehicles": [newest], "changes": []})


def make_fix(moment, minute) -> VehicleFix:
    return VehicleFix(
        event_id=f"f{minute}",
        sort_key=make_sort_key(moment, f"f{minute}"),
        occurred_at=moment,
        received_at=moment,
        vehicle_id=VEHICLE,
        lat=12.97 + minute * 0.002,
        lon=77.59 + (minute % 10) * 0.003,
        expires_at=int(moment.timestamp()) + 30 * 86400,
    )


@pytest.fixture
def enter(browser, web, supervisor):
    """Return a function that opens a page of the console; all its windows are closed afterwards."""
    opened = []

    def open_page(path, **options):
        client = Client()
        client.force_login(supervisor)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        opened.append(context)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
        page = context.new_page()
        watch = Watch(page, web)
        page.goto(f"{web}{path}")
        return page, watch

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_width_and_violates_no_rule_of_access(name, theme, enter) -> None:
    page, watch = enter(PAGES[name], color_scheme=theme)
    if name == "replay":
        page.wait_for_selector("[data-replay-controls]:not([hidden])", timeout=MAP_MS)
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        keep_screenshot(page, f"ops-{name}-{theme}-{label}")
        assert watch.sideways() == []
        assert find_violations(page) == []
    # The driver of the map reports that a screenshot has waited for it.
    assert [fault for fault in watch.faults() if "ReadPixels" not in fault] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_results_of_the_search_appear_as_people_type_and_are_reached_by_keys(theme, enter) -> None:
    page, watch = enter("/ops/kpis/", color_scheme=theme)
    page.keyboard.press("/")
    page.keyboard.type("slx 0")
    page.wait_for_selector("#search-results a")
    assert page.locator("#search-count").inner_text() == "5 results"
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        keep_screenshot(page, f"ops-search-{theme}-{label}", whole=False)
        assert watch.sideways() == []
        assert find_violations(page, "header.bar") == []
    page.keyboard.press("Escape")
    assert page.locator("#search-results a").count() == 0
    page.keyboard.type("1")
    page.wait_for_selector("#search-results a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/shipments/SLX-01")
    assert watch.faults() == []


def test_enter_in_the_search_leads_to_what_was_typed_exactly(enter) -> None:
    page, _ = enter("/ops/audit/")
    page.keyboard.press("/")
    page.keyboard.type("ka 01 ab 1234")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ops/vehicles/?q={VEHICLE}")


def test_a_quarantined_record_is_replayed_in_place(enter, wired) -> None:
    page, watch = enter("/ops/pipeline/")
    page.click("button[name=record]")
    page.wait_for_selector("text=The record was processed")
    assert list(wired.quarantine.read_newest(10)) == []
    assert [event.status for event in ports().store.read_timeline("SLX-01")] == ["in_transit"]
    assert watch.faults() == []


def test_a_replay_is_moved_by_slider_and_button_without_leaving_its_way(enter) -> None:
    page, watch = enter(PAGES["replay"])
    page.wait_for_selector("[data-replay-controls]:not([hidden])", timeout=MAP_MS)
    place = page.locator("[data-replay]")
    slider = page.locator("[data-replay-slider]")
    first = place.get_attribute("data-at")
    slider.press("End")
    last = place.get_attribute("data-at")
    assert last == "12.97000,77.59000"
    assert first != last
    slider.press("Home")
    assert place.get_attribute("data-at") == first
    page.select_option("[data-replay-speed]", "300")
    slider.press(" ")
    page.wait_for_function("at => document.querySelector('[data-replay]').dataset.at !== at", arg=first)
    page.click("text=Pause")
    assert page.locator("[data-replay-play]").inner_text() == "Play"
    assert watch.faults() == []
