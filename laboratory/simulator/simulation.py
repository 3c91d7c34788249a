"""Builds a simulation from options: world, fleet, faults, ledger, booking client and stream."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from laboratory.simulator.agreed_days import AgreedDays
from laboratory.simulator.booking_client import BookingClient
from laboratory.simulator.faults import FaultyUplink
from laboratory.simulator.fleet import FleetOptions, build_fleet, make_run_tag, run_fleet
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.recording import Recording
from laboratory.simulator.reports import Booking, Manifest
from laboratory.simulator.run import RecordSink, Run
from laboratory.simulator.stream_sink import StreamSink
from laboratory.simulator.truth_log import TruthLog
from laboratory.simulator.world import World, load_world


@dataclass(frozen=True)
class Options:
    """Options of a simulation; `seconds` is its length in the fleet's time, None for no end.

    `started_at` is in epoch seconds, None for now. `example` is a file to which one booked shipment is
    written
    as `{"shipment_id", "page"}`. Without `api` nothing is booked: the product then does not know the
    shipments until their first scan.
    """

    fleet_options: FleetOptions
    stream: str = ""
    region: str = "ap-south-1"
    endpoint: str | None = None
    api: str | None = None
    api_key: str = ""
    access_key: str = ""
    started_at: float | None = None
    speed: float = 1.0
    seconds: float | None = None
    ledger: Path | None = None
    example: Path | None = None
    truth: Path | None = None
    world: World = field(default_factory=load_world)


def record_run(options: Options, folder: Path) -> dict[str, Any]:
    """Write a run into a folder instead of driving the product; return a summary of what was written."""
    assert options.started_at is not None
    assert options.seconds is not None
    began = time.monotonic()
    fleet_options, started_at = options.fleet_options, options.started_at
    fleet = build_fleet(options.world, fleet_options, make_run_tag(started_at), started_at)
    uplink = FaultyUplink(fleet_options.faults, fleet_options.seed, started_at, options.world.parameters)
    truth = TruthLog(options.truth, started_at)
    recording = Recording(folder, uplink, truth, started_at)
    recording.write(run_fleet(fleet), options.seconds)
    recording.close()
    truth.close()
    took = time.monotonic() - began
    return {
        "seconds": round(took, 1),
        "vehicles": fleet_options.vehicles,
        "put": recording.put.total(),
        "put_by_kind": dict(sorted(recording.put.items())),
        "booked": recording.booked,
        "events_per_s": round(recording.put.total() / took),
    }


class Simulation:
    """Simulated fleet, ready to drive the product."""

    def __init__(self, options: Options, sink: RecordSink | None = None) -> None:
        self._options = options
        self._began_at = time.time()
        self._started_at = self._began_at if options.started_at is None else options.started_at
        self._ledger = Ledger(options.ledger)
        self._truth = TruthLog(options.truth, self._started_at)
        self._has_example = threading.Event()
        self._booking_client = self._open_booking_client()
        self._agreed_days = AgreedDays(self._started_at)
        if options.api:
            self._agreed_days.follow(options.api, options.api_key)
        fleet_options, tag = options.fleet_options, make_run_tag(self._started_at)
        fleet = build_fleet(options.world, fleet_options, tag, self._started_at, self._agreed_days)
        self._run = Run(
            steps=run_fleet(fleet),
            uplink=FaultyUplink(
                fleet_options.faults, fleet_options.seed, self._started_at, options.world.parameters
            ),
            sink=sink or StreamSink(options.stream, options.region, options.endpoint, options.access_key),
            ledger=self._ledger,
            started_at=self._started_at,
            book=self._booking_client.book if self._booking_client else _leave_unbooked,
            truth=self._truth,
            speed=options.speed,
        )

    def drive(self, stop: threading.Event) -> None:
        """Drive the product until `stop` is set or the time is over."""
        self._run.drive(stop, self._options.seconds)

    def close(self) -> None:
        """Stop booking and close the ledger; records accepted later are not listed in it."""
        if self._booking_client:
            self._booking_client.stop()
        self._agreed_days.stop()
        self._ledger.close()
        self._truth.close()

    def make_summary(self) -> dict[str, Any]:
        """Return the numbers of records by kind, of bookings and refusals, and the seconds so far."""
        put = self._run.put
        return {
            "seconds": round(time.time() - self._began_at, 1),
            "vehicles": self._options.fleet_options.vehicles,
            "put": put.total(),
            "put_by_kind": dict(sorted(put.items())),
            "failed_calls": self._run.failed_calls,
            "booked": self._booking_client.booked if self._booking_client else 0,
            "refused": self._booking_client.refused if self._booking_client else 0,
            "last_refusal": self._booking_client.last_refusal if self._booking_client else "",
        }

    def _open_booking_client(self) -> BookingClient | None:
        options = self._options
        if not options.api:
            return None
        return BookingClient(options.api, options.api_key, self._started_at, self._record_booking)

    def _record_booking(self, booking: Booking, answer: dict[str, Any]) -> None:
        self._ledger.write_booking(booking.parcel.shipment_id, answer, time.time())
        # The first parcel that is out for delivery: its page changes soonest.
        if self._options.example and booking.is_out and not self._has_example.is_set():
            self._has_example.set()
            page = {"shipment_id": booking.parcel.shipment_id, "page": answer.get("tracking_url")}
            write_atomically(self._options.example, json.dumps(page))


def write_atomically(path: Path, text: str) -> None:
    """Write the file so that a reader sees all of it or nothing."""
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _leave_unbooked(step: Booking | Manifest) -> None:
    """Ignore a booking or manifest: there is no API to send it to."""
