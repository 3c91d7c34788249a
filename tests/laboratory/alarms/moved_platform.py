"""Platform for scenarios: the workers' own code under a moved clock, with its metrics in a log."""

import contextlib
import itertools
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from laboratory.alarms.watch import AlarmWatch
from tests.workers.world import World
from tracking.services.operations.canary import put_canary
from workers.alarm_states import AlarmState
from workers.consumers import queue_listener
from workers.ports import ChangeBus, MessageQueues

# A morning in India, when vehicles have to report.
START = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRACK = (12.9716, 77.5946)


class MovedPlatform:
    """Stream, workers, listeners and alarms; the bus is that of memory unless given."""

    def __init__(
        self,
        folder: Path,
        clock: time_machine.Traveller,
        queues: MessageQueues,
        bus: ChangeBus | None = None,
        *,
        samples: bool = True,
    ) -> None:
        self._clock = clock
        self._log = folder / "shards.log"
        self.queues = queues
        self.world = World()
        self.world.workers = replace(self.world.workers, queues=queues, bus=bus or self.world.bus)
        self._watch = AlarmWatch(folder, queues if samples else None, keeps_samples=True)
        self._numbers = itertools.count(1)
        self.now = START

    def start_at(self, moment: datetime) -> None:
        """Go to a moment, before anything has happened."""
        self.now = moment
        self._clock.move_to(moment, tick=False)

    def run_minute(
        self,
        scans: int = 0,
        listen: Iterable[str] = (),
        *,
        reads: bool = True,
        audits: bool = True,
        canary: bool = False,
    ) -> set[str]:
        """Let a minute pass in which so many parcels are picked up; return the alarms that are on after it.

        `reads` says whether a worker reads the stream, `audits` whether anybody looks who does, `canary`
        whether one is sent. `listen` names the queues that are emptied, twice a minute.
        """
        with self._log.open("a") as log, contextlib.redirect_stdout(log):
            if canary:
                put_canary(self.world.tracking.stream, self.now)
            if reads:
                self._read(scans)
            elif audits:
                self.world.workload.audit()
            for _ in range(2):
                for queue in listen:
                    self._empty(queue)
                self.now += MINUTE / 2
                self._clock.move_to(self.now, tick=False)
        return {alarm.name for alarm in self.look().values() if alarm.state == "ALARM"}

    def look(self) -> dict[str, AlarmState]:
        """Return the states of all alarms now, by name."""
        return {alarm.name: alarm for alarm in self._watch.look(self.now).alarms}

    def _read(self, scans: int) -> None:
        lat, lon = TRACK
        for number in itertools.islice(self._numbers, scans):
            scan = {"shipment_id": f"SLX{number}", "lat": lat, "lon": lon, "status": "picked_up"}
            self.world.stream.put([(scan["shipment_id"], json.dumps(scan).encode())])
        self.world.run_shard_consumer()
        held = self.world.hold()
        self.world.workload.audit()
        held.release()

    def _empty(self, queue: str) -> None:
        """Let the listener of a queue take what is there, and throw the changes away."""
        drained = queue_listener.Drained.SOME
        while drained is queue_listener.Drained.SOME:
            drained = queue_listener._drain_once(self.world.hold(), self.queues, queue, lambda _change: None)
