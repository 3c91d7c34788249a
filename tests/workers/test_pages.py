"""Pipeline page: access, content, and parts that cannot be read."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.contrib.auth.models import User

import tracking.ports
import workers.ports
from tests.staff import make_staff
from tests.tracking.conftest import world
from tests.workers.records import make_record
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.errors import TransientError
from tracking.histograms import find_bucket
from tracking.models import Partner
from tracking.ports import TrackingPorts, ports
from tracking.receipts import DAY, HOUR, SlotFigures, find_slots
from tracking.services.requests.roles import Role
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.consumers.shard_listing import make_lease
from workers.leases.policies import WORKER_ROW_KEPT_S
from workers.leases.ports import Phase, Worker
from workers.local_traces import SpanLine
from workers.places.index import OfflinePlaces
from workers.ports import Refusal, WorkerPorts
from workers.steps.meter import StepFigures
from workers.steps.minutes import StepMinutes, find_minute
from workers.steps.ports import MemoryStepReports, StepReport
from workers.stream_retention import find_raised_hours

__all__ = ["world"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
PAGE, NOW, QUARANTINE = "/ops/pipeline/", "/ops/pipeline/now/", "/ops/pipeline/quarantine/"
QUEUES = ("readmodel", "notify", "unrouted", "readmodel-dlq", "notify-dlq", "unrouted-dlq", "bus-dlq")


@pytest.fixture
def wired():
    """Ports in memory, with a stream of two shards and free leases."""
    before = workers.ports.ports()
    stream, leases = MemoryStream(shards=2), MemoryLeases()
    leases.add_missing([make_lease(stream.incarnation(), shard) for shard in stream.list_shards()])
    ports = WorkerPorts(
        stream=stream,
        leases=leases,
        quarantine=MemoryQuarantine(),
        bus=MemoryBus(),
        queues=MemoryQueues(QUEUES),
        places=OfflinePlaces(),
    )
    workers.ports.wire(ports)
    yield ports
    workers.ports.wire(before)


@pytest.fixture
def staff(client, wired):
    client.force_login(make_staff())
    return client


def read(client, address: str) -> str:
    """Return the text of a page, without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def refuse(ports: WorkerPorts, number: int, raw: bytes, reason: str = "undecodable", **more) -> None:
    record = make_record(number, raw=raw, arrived_at=datetime.now(UTC))
    ports.quarantine.put([Refusal(record, reason, **more)])


def test_a_user_who_is_not_staff_is_redirected_to_sign_in(client, wired):
    client.force_login(User.objects.create_user("somebody"))
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, "/ops/login/?next=/ops/pipeline/")


@pytest.mark.parametrize("address", [NOW, QUARANTINE])
def test_a_part_requested_after_signing_out_redirects_the_whole_page_to_sign_in(client, wired, address):
    answer = client.get(address, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/ops/login/?next=/ops/pipeline/"
    assert answer.content == b""


def test_each_shard_is_shown_with_its_owner_and_its_checkpoint(staff, wired):
    first, _ = wired.leases.read_group(wired.stream.incarnation()).leases
    taken = wired.leases.take(first, "host-1:4102:9f3a01bc")
    arrived_at = datetime.now(UTC) - timedelta(minutes=3)
    wired.leases.renew_all(
        [taken._replace(checkpoint_sequence="417", behind_ms=640, checkpoint_arrived_at=arrived_at)]
    )
    shown = read(staff, PAGE)
    assert "Shards read 1 of 2" in shown
    assert "Furthest behind 640 ms" in shown
    assert re.search(
        r"shardId-0{12} Keeping up 640 ms host-1:4102 1 \d+ ms ago 417 3 min ago shardId-0{11}1 Nobody reads"
        r" unknown nobody 0 never never read –",
        shown,
    )


def test_a_retention_longer_than_usual_is_shown(staff, wired):
    wired.stream.set_retention(timedelta(days=7))
    shown = read(staff, PAGE)
    assert "Records are kept for 168 hours instead of 24" in shown
    wired.stream.set_retention(timedelta(days=1))
    find_raised_hours.cache.clear()
    assert "Records are kept" not in read(staff, PAGE)


def test_a_halted_shard_is_shown_with_its_reason_and_the_command_that_resumes_it(staff, wired):
    first, _ = wired.leases.read_group(wired.stream.incarnation()).leases
    taken = wired.leases.take(first, "host-1:4102:9f3a01bc")
    wired.leases.release(taken._replace(phase=Phase.HALTED, halt_reason="KeyError on 11 records"))
    shown = read(staff, PAGE)
    assert "Halted KeyError on 11 records manage.py leases resume shardId-000000000000" in shown


def test_the_processes_that_read_are_shown_with_their_held_leases(staff, wired):
    expires_at = int(datetime.now(UTC).timestamp()) + WORKER_ROW_KEPT_S
    worker = Worker(wired.stream.incarnation(), "host-1:4102:9f3a01bc", 1, 4, 2, version="0.1.0")
    wired.leases.renew_all([], worker._replace(expires_at=expires_at))
    assert "host-1:4102 Working 2 4 0.1.0" in read(staff, PAGE)


def test_queues_are_shown_with_what_waits_and_with_their_dead_letters(staff, wired):
    for name, count in (("readmodel", 12), ("notify", 1), ("notify-dlq", 2), ("unrouted", 3)):
        for _ in range(count):
            wired.queues.put(name, "change")
    wired.queues.receive("readmodel", 0)
    shown = read(staff, PAGE)
    assert "Messages in queues 13 " in shown
    assert "Dead letters 2 " in shown
    assert "Unrouted changes 3 " in shown
    assert "readmodel Flowing 2 0 10" in shown
    assert "notify Needs a hand 1 2 0" in shown
    assert "unrouted matched no rule Needs a hand 3 0 0" in shown


def test_a_quarantined_record_is_shown_with_its_reason_its_size_and_its_first_bytes(staff, wired):
    refuse(wired, 1, b'\xff<b>"', "bad_coordinates", detail="lat 91 is too much", shipment_id="SLX-7")
    shown = read(staff, PAGE)
    assert "Quarantined 1 since yesterday" in shown
    assert "lat 91 is too much SLX-7 5 bytes \\xff&lt;b&gt;&quot;" in shown


def test_quarantined_records_are_grouped_by_reason_with_count_and_newest(staff, wired):
    for number in range(12):
        refuse(wired, number, f"no {number}.".encode())
    refuse(wired, 12, b"far", "bad_coordinates")
    page = staff.get(PAGE).content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    newest = r"the newest \w{3} \d+ \w{3}, \d\d:\d\d"
    heads = re.findall(
        rf"(Undecodable|Bad coordinates) (\d+ records?), {newest} (?:· (\d+) are shown)?", shown
    )
    assert heads == [("Undecodable", "12 records", "10"), ("Bad coordinates", "1 record", "")]
    assert ("no 11." in page, "no 2." in page, "no 1." in page) == (True, True, False)
    assert len(re.findall(r'<button class="quiet" name="record" value=', page)) == 11


def test_the_page_begins_with_the_worst_of_what_it_shows_and_polls_for_it(staff, wired):
    sentence = r'<p id="pipeline-verdict"[^>]*>.*?<a href="#([^"]+)">([^<]+)</a>.*?And (\d+) more below'
    for address in (PAGE, NOW):
        (found,) = re.findall(sentence, staff.get(address).content.decode(), re.DOTALL)
        assert found == ("shard-shardId-000000000000", "Nobody reads shardId-000000000000.", "2")


def test_an_empty_quarantine_says_so(staff):
    assert "No record was quarantined today or yesterday." in read(staff, PAGE)


def test_the_parts_poll_for_updates_with_their_totals(staff):
    page = staff.get(PAGE).content.decode()
    assert f'hx-get="{NOW}"' in page
    assert "hx-swap-oob" not in page
    part = staff.get(NOW).content.decode()
    assert 'id="pipeline-now"' in part
    assert '<dl id="pipeline-totals" class="totals-now" hx-swap-oob="true">' in part


def test_the_quarantine_answers_204_until_there_is_a_new_record(staff, wired):
    refuse(wired, 1, b"one")
    (mark,) = re.findall(rf"{QUARANTINE}\?seen=(\w+)", staff.get(PAGE).content.decode())
    assert staff.get(QUARANTINE, {"seen": mark}).status_code == 204
    refuse(wired, 2, b"two")
    answer = staff.get(QUARANTINE, {"seen": mark})
    assert answer.status_code == 200
    assert "two" in answer.content.decode()
    assert '<dl id="pipeline-count" class="totals-now" hx-swap-oob="true">' in answer.content.decode()


class AwayQueues(MemoryQueues):
    """Queues that cannot be reached."""

    def read_depths(self):
        raise TransientError("away")


def test_a_part_that_cannot_be_read_says_so_and_the_others_are_shown(staff, wired):
    workers.ports.wire(replace(wired, queues=AwayQueues(QUEUES)))
    shown = read(staff, PAGE)
    assert "The queues do not answer. Retrying every 3 s." in shown
    assert "Dead letters – " in shown
    assert "Shards read 0 of 2" in shown


def test_without_any_lease_the_page_says_that_there_is_none(staff, wired):
    leases = MemoryLeases()
    workers.ports.wire(replace(wired, leases=leases))
    assert "No shard has a lease yet." in read(staff, NOW)


@pytest.fixture
def timelines():
    """Return the store of shipments, in memory."""
    before = tracking.ports.ports()
    store = MemoryShipmentStore()
    tracking.ports.wire(TrackingPorts(store, MemoryEventStream(), MemoryLivePush(), MemoryVehicleStore()))
    yield store
    tracking.ports.wire(before)


def read_buttons(page: str) -> list[str]:
    return re.findall(r'<button class="quiet" name="record" value="([^"]+)"', page)


def test_a_record_is_replayed_by_its_button(staff, wired, timelines):
    refuse(wired, 1, b'{"shipment_id": "SLX-7", "status": "in_transit"}', "failed")
    refuse(wired, 2, b"{", "undecodable")
    second, first = read_buttons(staff.get(PAGE).content.decode())
    address = f"{QUARANTINE}replay"
    answer = staff.post(address, {"record": first}, headers={"HX-Request": "true"}).content.decode()
    assert "The record was processed; its events are on the timeline." in answer
    assert read_buttons(answer) == [second]
    assert [event.status for event in timelines.read_timeline("SLX-7")] == ["in_transit"]
    answer = staff.post(address, {"record": second}, headers={"HX-Request": "true"}).content.decode()
    assert ("The record still cannot be read. It stays here." in answer, read_buttons(answer)) == (
        True,
        [second],
    )
    assert staff.post(address, {"record": second})["Location"] == PAGE


def test_a_viewer_and_a_limited_scope_have_no_button(client, wired):
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    refuse(wired, 1, b"{", "undecodable")
    for user in (make_staff(Role.VIEWER, "viewer"), make_staff(Role.OPERATOR, "limited", partners=[partner])):
        client.force_login(user)
        assert read_buttons(client.get(PAGE).content.decode()) == []
    assert client.post(f"{QUARANTINE}replay", {"record": "x"}).status_code == 404


def test_each_step_has_a_card_with_its_figures(staff, wired):
    figures = StepFigures(600, 4, {find_bucket(20): 600})
    wired.steps.keep("host:1:a", StepReport(datetime.now(UTC), {"record": figures}))
    shown = read(staff, NOW)
    assert (
        "Record Errors 10.0 a second P50 21 ms P95 21 ms P99 21 ms Errors a minute 4 Limit of P95 250 ms"
        in shown
    )
    assert "Deliver No word – a second P50 – P95 – P99 – Errors a minute – Limit of P95 1.0 s" in shown
    assert "Record 21 ms" in shown


def test_a_step_has_the_line_of_its_last_minutes(staff, wired):
    now = datetime.now(UTC)
    minutes = {"record": StepMinutes(find_minute(now), [60, 120, 60, 60, 60, 60], [0, 3, 0, 0, 0, 0])}
    wired.steps.keep("host:1:a", StepReport(now, {"record": StepFigures()}, minutes))
    page = staff.get(NOW).content.decode()
    counts = [page.count(f'class="step-{name}"') for name in ("line", "zero", "errors")]
    assert counts == [2, 2, 1]
    shown = read(staff, NOW)
    assert "1.0 to 2.0 a second in 15 min, drawn from 0 up to 3 errors a minute, drawn from 0" in shown


class AwayReports(MemoryStepReports):
    """Reports that cannot be read."""

    def read_all(self):
        raise TransientError("away")


def test_steps_whose_reports_cannot_be_read_say_so(staff, wired):
    workers.ports.wire(replace(wired, steps=AwayReports()))
    shown = read(staff, PAGE)
    assert "The reports of the steps cannot be read. Asking again every 3 s." in shown
    assert "Shards read 0 of 2" in shown


def test_the_receipt_has_the_figures_of_all_processes(staff, world):
    slots = [find_slots(span, time.time())[-1] for span in (HOUR, DAY)]
    for process in ("host:1:a", "host:2:b"):
        figures = SlotFigures({"screen": {find_bucket(20): 300}})
        ports().receipts.keep(process, dict.fromkeys(slots, figures))
    shown = read(staff, NOW)
    screen = "Screen from the stream to open pages, all together 21 ms 21 ms 21 ms 600 21 ms 600"
    assert screen in shown
    assert "Notified from recording until a provider has the message – – – 0 – 0" in shown


@pytest.mark.parametrize(
    ("exporter", "text"), [("none", "Traces are off."), ("otlp", "Traces go to the collector.")]
)
def test_the_page_says_where_traces_are(staff, settings, exporter, text):
    settings.TRACES_EXPORTER = exporter
    assert text in read(staff, NOW)


def test_traces_of_this_machine_are_shown_with_their_shipment_and_errors(staff, settings, tmp_path):
    settings.TRACES_EXPORTER, settings.TRACES_FILE = "jsonl", tmp_path / "traces.jsonl"
    assert "No event has been traced yet." in read(staff, NOW)
    spans = [
        SpanLine("a" * 32, "read", 0, 60_000_000, {"shipment_id": "SLX-01"}),
        SpanLine("a" * 32, "deliver", 60_000_000, 100_000_000, {"queue": "notify"}, "TransientError"),
    ]
    settings.TRACES_FILE.write_bytes(b"\n".join(map(msgspec.json.encode, spans)))
    shown = read(staff, NOW)
    assert f"SLX-01 100 ms {'a' * 32} Read 60 ms Deliver notify 40 ms TransientError" in shown
    assert 'href="/ops/shipments/SLX-01"' in staff.get(NOW).content.decode()
