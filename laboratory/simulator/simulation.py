"""A simulation put together: world, fleet, faults, ledger, booking desk and stream, by a set of options."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from laboratory.simulator.faults import FaultyWay
from laboratory.simulator.fleet import Orders, build_fleet, make_run_tag, run_fleet
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.outlet import StreamOutlet
from laboratory.simulator.partner import PartnerDesk
from laboratory.simulator.recording import Recording
from laboratory.simulator.reports import Booking, Manifest
from laboratory.simulator.run import Outlet, Run
from laboratory.simulator.truth import TruthBook
from laboratory.simulator.world import World, load_world


@dataclass(frozen=True)
class Options:
    """What a simulation needs to know; `seconds` of the fleet's time, None: without end.

    `started_at` is in epoch seconds, None: now. `example` is a file that names one shipment worth looking at,
    `{"shipment_id", "page"}`, once booked. Without `api` and `api_key` nothing is booked: the shipments are
    then unknown until their first scan.
    """

    orders: Orders
    stream: str = ""
    region: str = "ap-south-1"
    endpoint: str | None = None
    api: str | None = None
    api_key: str = ""
    started_at: float | None = None
    speed: float = 1.0
    seconds: float | None = None
    ledger: Path | None = None
    example: Path | None = None
    truth: Path | None = None
    world: World = field(default_factory=load_world)


def record(options: Options, folder: Path) -> dict[str, Any]:
    """Write a run down in a folder instead of driving it; returns what was written."""
    assert options.started_at is not None
    assert options.seconds is not None
    began = time.monotonic()
    orders, started_at = options.orders, options.started_at
    fleet = build_fleet(options.world, orders, make_run_tag(started_at), started_at)
    way = FaultyWay(orders.faults, orders.seed, started_at, options.world.parameters)
    truth = TruthBook(options.truth, started_at)
    recording = Recording(folder, way, truth, started_at)
    recording.write(run_fleet(fleet), options.seconds)
    recording.close()
    truth.close()
    took = time.monotonic() - began
    return {
        "seconds": round(took, 1),
        "vehicles": orders.vehicles,
        "put": recording.put.total(),
        "put_by_kind": dict(sorted(recording.put.items())),
        "booked": recording.booked,
        "events_per_s": round(recording.put.total() / took),
    }


class Simulation:
    """A fleet ready to drive the product."""

    def __init__(self, options: Options, outlet: Outlet | None = None) -> None:
        self._options = options
        self._began_at = time.time()
        self._started_at = self._began_at if options.started_at is None else options.started_at
        self._ledger = Ledger(options.ledger)
        self._truth = TruthBook(options.truth, self._started_at)
        self._named_example = threading.Event()
        self._desk = self._open_desk()
        orders = options.orders
        fleet = build_fleet(options.world, orders, make_run_tag(self._started_at), self._started_at)
        self._run = Run(
            steps=run_fleet(fleet),
            way=FaultyWay(orders.faults, orders.seed, self._started_at, options.world.parameters),
            outlet=outlet or StreamOutlet(options.stream, options.region, options.endpoint),
            ledger=self._ledger,
            started_at=self._started_at,
            book=self._desk.book if self._desk else _leave_unbooked,
            truth=self._truth,
            speed=options.speed,
        )

    def drive(self, stop: threading.Event) -> None:
        """Drive until `stop` is set or the time is over."""
        self._run.drive(stop, self._options.seconds)

    def close(self) -> None:
        """Book nothing more and close the ledger; what is accepted later is not noted."""
        if self._desk:
            self._desk.stop()
        self._ledger.close()
        self._truth.close()

    def summarise(self) -> dict[str, Any]:
        """What has been done so far: records by kind, bookings, and the seconds it took."""
        put = self._run.put
        return {
            "seconds": round(time.time() - self._began_at, 1),
            "vehicles": self._options.orders.vehicles,
            "put": put.total(),
            "put_by_kind": dict(sorted(put.items())),
            "failed_calls": self._run.failed_calls,
            "booked": self._desk.booked if self._desk else 0,
            "refused": self._desk.refused if self._desk else 0,
            "last_refusal": self._desk.last_refusal if self._desk else "",
        }

    def _open_desk(self) -> PartnerDesk | None:
        options = self._options
        if not options.api:
            return None
        return PartnerDesk(options.api, options.api_key, self._started_at, self._note_booking)

    def _note_booking(self, booking: Booking, answer: dict[str, Any]) -> None:
        self._ledger.note_booking(booking.parcel.shipment_id, answer, time.time())
        # Of the first parcels that are out for delivery, whose page moves soonest.
        if self._options.example and booking.is_out and not self._named_example.is_set():
            self._named_example.set()
            page = {"shipment_id": booking.parcel.shipment_id, "page": answer.get("tracking_url")}
            write_whole(self._options.example, json.dumps(page))


def write_whole(path: Path, text: str) -> None:
    """Write the file so that a reader sees all of it or nothing."""
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _leave_unbooked(step: Booking | Manifest) -> None:
    """There is no API to book with."""
