"""What goes wrong between a device and the stream: repeats, disorder, broken records, unknown words."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from swiftlogix.simulator.chance import open_chance
from swiftlogix.simulator.reports import Report

REPEAT, DISORDER, BROKEN, UNKNOWN_STATUS = "repeat", "disorder", "broken", "unknown_status"
ALL_FAULTS = frozenset({REPEAT, DISORDER, BROKEN, UNKNOWN_STATUS})
SHARES = {REPEAT: 0.01, DISORDER: 0.02, BROKEN: 0.002, UNKNOWN_STATUS: 0.002}
UNKNOWN_WORDS = ("gate_pass_issued", "bag_sealed", "sorted_manually")
# A record takes this long from the device to the stream; one out of order takes longer.
WAY_S = 0.1
DISORDER_S = (2.0, 60.0)
REPEAT_S = (0.0, 8.0)


@dataclass(frozen=True)
class Record:
    """A record as it is put on the stream at `due` (seconds since the start), and what it is in truth."""

    due: float
    at: float
    key: str
    raw: bytes
    kind: str
    identity: dict[str, Any]
    fault: str | None = None


def parse_faults(text: str) -> frozenset[str]:
    """`all`, `none` or names with commas between them; raises `ValueError` for a name nobody knows."""
    if text in ("all", "none"):
        return ALL_FAULTS if text == "all" else frozenset()
    names = frozenset(name.strip() for name in text.split(","))
    if names - ALL_FAULTS:
        unknown, known = ", ".join(sorted(names - ALL_FAULTS)), ", ".join(sorted(ALL_FAULTS))
        raise ValueError(f"no such fault: {unknown} (there are {known})")
    return names


class FaultyWay:
    """The way from the devices to the stream; with no faults every report arrives once and in order."""

    def __init__(self, faults: Collection[str], seed: int, started_at: float) -> None:
        self._faults = faults
        self._rng = open_chance(seed, "faults")
        self._started_at = started_at

    def send(self, report: Report) -> list[Record]:
        """The records a report becomes."""
        record = self._write(report, "event")
        records = [record]
        # A report without a time has the stream's: late it would be another fact, and a repeat a new one.
        if report.stamped:
            records = [self._delay(record)] if self._strikes(DISORDER) else records
            records += [self._repeat(record)] if self._strikes(REPEAT) else []
        records += [self._break(record)] if self._strikes(BROKEN) else []
        if self._strikes(UNKNOWN_STATUS) and report.stamped and "shipment_id" in report.fields:
            records.append(self._misname(report))
        return records

    def _strikes(self, fault: str) -> bool:
        # The dice are thrown for every fault, so that leaving one out does not move the others.
        return self._rng.random() < SHARES[fault] and fault in self._faults

    def _write(self, report: Report, kind: str) -> Record:
        due = report.at + WAY_S
        names = ("shipment_id", "vehicle_id", "event_id", "device_id", "device_seq", "status")
        identity = {name: report.fields.get(name) for name in names}
        return Record(due, report.at, report.key, report.write(self._started_at), kind, identity)

    def _delay(self, record: Record) -> Record:
        due = record.due + self._rng.uniform(*DISORDER_S)
        return Record(due, record.at, record.key, record.raw, record.kind, record.identity, DISORDER)

    def _repeat(self, record: Record) -> Record:
        due = record.due + self._rng.uniform(*REPEAT_S)
        return Record(due, record.at, record.key, record.raw, REPEAT, record.identity, REPEAT)

    def _break(self, record: Record) -> Record:
        raw = self._rng.choice(
            (
                record.raw[: len(record.raw) // 2],
                b"\x00\xff low battery",
                b'{"lat":12.97,"lon":77.59,"status":"in_transit"}',
                b'{"shipment_id":"SLX-BROKEN","lat":1297.16,"lon":77.59}',
            )
        )
        return Record(record.due, record.at, record.key, raw, BROKEN, {}, BROKEN)

    def _misname(self, report: Report) -> Record:
        named = {"event_id": f"u_{self._rng.getrandbits(80):020x}", "status": self._rng.choice(UNKNOWN_WORDS)}
        # Without the device's count, which is taken by the report itself.
        left_out = {"substatus", "device_id", "device_seq"}
        fields = {name: value for name, value in report.fields.items() if name not in left_out} | named
        misnamed = Report(report.at, fields, in_epoch_ms=report.in_epoch_ms)
        return self._write(misnamed, UNKNOWN_STATUS)
