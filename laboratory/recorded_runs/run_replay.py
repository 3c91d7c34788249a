"""Replays a recording: decodes, enriches, records and learns by the product's code, with memory adapters."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from laboratory.evaluation.attempts import DeviceReport
from laboratory.evaluation.warnings import ShipmentOutcome, trace_outcome
from laboratory.recorded_runs.partner_api import PartnerApi
from laboratory.recorded_runs.recording import Entry
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.attempt_evidence import AttemptEvidence, find_newest_evidence
from tracking.domain.events import Change, HubPoint
from tracking.domain.route import AT_THE_RECIPIENT
from tracking.eta.forecast import Forecast
from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import TrackingPorts
from tracking.services.operations.attempt_evidence import WAITS_FOR, find_evidence, has_attempt, plan_look
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.promise_checks import DUE_WITHIN, SHIPMENTS_PER_READ, find_clock_events
from tracking.services.recording.stream_records import make_record
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.line.decode import decode
from workers.line.parcels_aboard import forecast_parcels_aboard
from workers.line.process import record_scans
from workers.places.index import OfflinePlaces
from workers.places.pincodes import PinCodes
from workers.ports import StreamRecord, WorkerPorts
from workers.vehicle_checks import VehicleChecks

# Records of this time span are processed as one batch, to be faster than a worker's reads of one second.
BATCH = timedelta(seconds=20)
# Interval of the periodic check of promises, as in production.
CHECK_EVERY = timedelta(minutes=5)


class UncachedLaneStatistics(Mapping[str, Statistic]):
    """Lane statistics read from the store each time, without the worker's cache."""

    def __init__(self, lanes: MemoryLaneStatisticsStore) -> None:
        self._lanes = lanes

    def read(self, _keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return the statistics as they stand now."""
        return self

    def __getitem__(self, key: str) -> Statistic:
        return self._lanes.read([key])[key].statistic

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class RunReplay:
    """Replay of one recording; `hubs` are those that its bookings refer to, by id."""

    def __init__(self, hubs: Mapping[str, HubPoint]) -> None:
        self.store = MemoryShipmentStore()
        self.lanes = MemoryLaneStatisticsStore()
        self.quarantined = 0
        # Lateness risks from vehicle checks, by shipment; timelines do not contain them.
        self._risk_samples: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        self._stream = MemoryEventStream()
        vehicles = MemoryVehicleStore()
        self._partner_api = PartnerApi(hubs, vehicles, PinCodes())
        self._tracking = TrackingPorts(self.store, self._stream, MemoryLivePush(), vehicles, lanes=self.lanes)
        self._workers = WorkerPorts(
            stream=MemoryStream(),
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=MemoryBus(),
            queues=MemoryQueues([]),
            places=OfflinePlaces(),
            lanes=UncachedLaneStatistics(self.lanes),
            vehicle_checks=VehicleChecks(self._add_risk_sample),
        )
        self._number = 0
        # When the positions around each shipment's attempts are read next, and how often they were read.
        self._looks: dict[str, tuple[datetime, int]] = {}
        self._checked_at: datetime | None = None

    def replay(self, entries: Iterable[Entry]) -> None:
        """Process all entries in order, in batches, each at the recorded time."""
        # Metrics and logs of the pipeline are discarded: their times would be those of the recording.
        with Path(os.devnull).open("w") as discard, redirect_stdout(discard):
            for _, group in groupby(entries, key=_find_batch):
                batch = list(group)
                now = batch[-1].put_at
                records = [record for entry in batch for record in self._make_stream_records(entry)]
                self._process([*self._take_outgoing_records(batch[0].put_at), *records], now)
                self._check_promises(now)
                self._check_attempts(now)

    def collect_outcomes(self) -> list[ShipmentOutcome]:
        """Return the outcome of every shipment with a promise and a delivery attempt."""
        states = self.store.read_states(list(self._partner_api.booked))
        outcomes = (
            trace_outcome(state, self.store.read_timeline(name), self._risk_samples.get(name, ()))
            for name, state in states.items()
        )
        return [outcome for outcome in outcomes if outcome is not None]

    def finish_looks(self) -> None:
        """Let the time pass until every attempt has been looked at, without any further report."""
        while self._looks:
            now = min(due_at for due_at, _ in self._looks.values())
            with Path(os.devnull).open("w") as discard, redirect_stdout(discard):
                self._check_attempts(now)
                self._process(self._take_outgoing_records(now), now)

    def collect_evidence(self) -> dict[DeviceReport, AttemptEvidence | None]:
        """Return the evidence of every recorded attempt and delivery, by device and number of its report."""
        found: dict[DeviceReport, AttemptEvidence | None] = {}
        for name in self._partner_api.booked:
            timeline = self.store.read_timeline(name)
            evidence = find_newest_evidence(event.evidence for event in timeline)
            for event in timeline:
                if event.status in AT_THE_RECIPIENT and event.device_id is not None:
                    found[event.device_id, event.device_seq] = evidence.get(event.event_id)
        return found

    def _make_stream_records(self, entry: Entry) -> Iterator[StreamRecord]:
        if entry.kind == "record":
            yield self._number_record(entry.raw, entry.put_at)
            return
        for raw in self._partner_api.make_records(entry.kind, entry.body, entry.put_at):
            yield self._number_record(raw, entry.put_at)

    def _take_outgoing_records(self, now: datetime) -> list[StreamRecord]:
        """Take the records that the product itself has put on the stream since the last batch."""
        own, self._stream.records = self._stream.records, []
        return [self._number_record(raw, now) for _, raw in own]

    def _number_record(self, raw: bytes, at: datetime) -> StreamRecord:
        self._number += 1
        number = f"{self._number:020d}"
        return StreamRecord(raw, at, "1/recording", number, number)

    def _process(self, records: list[StreamRecord], now: datetime) -> None:
        scans, refusals, _ = decode(records)
        self.quarantined += len(refusals)
        recorded = record_scans(scans, self._tracking, self._workers, now)
        forecast_parcels_aboard(recorded.vehicles, self._tracking, self._workers)
        changes = list(_flatten(recorded.changes))
        for change in filter(has_attempt, changes):
            self._looks[change.shipment_id] = now + WAITS_FOR, 0
        finished = (change.finished_leg for change in changes)
        learn_legs(self.lanes, [leg for leg in finished if leg is not None])

    def _check_promises(self, now: datetime) -> None:
        """Check the promises that are due soon or past, as the periodic task does."""
        if self._checked_at is not None and now - self._checked_at < CHECK_EVERY:
            return
        self._checked_at = now
        due = [name for name, to in self._partner_api.booked.items() if to < now + DUE_WITHIN]
        lanes: dict[str, Statistic | None] = {}
        for start in range(0, len(due), SHIPMENTS_PER_READ):
            shipment_ids = due[start : start + SHIPMENTS_PER_READ]
            payloads = find_clock_events(self._tracking, shipment_ids, now, lanes)
            self._stream.put([make_record(payload) for payload in payloads])

    def _check_attempts(self, now: datetime) -> None:
        """Compute the evidence that is due, as the periodic task does."""
        due = [name for name, (due_at, _) in self._looks.items() if due_at <= now]
        for name in due:
            door = self._partner_api.doors.get(name)
            findings = find_evidence(self._tracking, name, door, now)
            self._stream.put([make_record(payload) for payload in findings.payloads])
            _, looks = self._looks.pop(name)
            next_at = plan_look(looks + 1, now, findings)
            if next_at is not None:
                self._looks[name] = next_at, looks + 1

    def _add_risk_sample(self, shipment_id: str, expected: Forecast, at: datetime) -> None:
        if expected.lateness_risk is not None:
            self._risk_samples[shipment_id].append((at, expected.lateness_risk.p_late))


def _find_batch(entry: Entry) -> int:
    return int(entry.put_at.timestamp() // BATCH.total_seconds())


def _flatten(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        yield change
        yield from change.also
