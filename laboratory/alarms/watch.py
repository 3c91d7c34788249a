"""Evaluates the alarms of the templates over the logs of one machine, once or again and again."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings

from laboratory.alarms.evaluate import evaluate, span_s
from laboratory.alarms.log_files import LineFollower, MetricValues, parse_line, read_time, write_line
from laboratory.alarms.model import Alarm, Composite, Verdict
from laboratory.alarms.sampler import QueueSampler, has_local_source, mirror_lag
from laboratory.alarms.series import Series
from laboratory.alarms.templates import read_alarms
from tracking import metrics
from tracking.domain.errors import TransientError
from workers.alarm_states import AlarmReport, AlarmState
from workers.ports import MessageQueues

TEMPLATES = settings.BASE_DIR / "deploy" / "templates"
EVERY = timedelta(seconds=15)
# Beside the logs of the roles, so that a command sees what the demo has sampled before.
SAMPLES = "samples.log"

log = structlog.get_logger()


class AlarmWatch:
    """Alarms over the logs in a folder.

    `queues` are sampled at each look if given; with `keeps_samples` their samples go into the folder.
    """

    def __init__(self, folder: Path, queues: MessageQueues | None, *, keeps_samples: bool = False) -> None:
        self._alarms: Sequence[Alarm | Composite] = read_alarms(TEMPLATES, settings.STAGE)
        self._span_s = span_s(self._alarms, has_local_source)
        self._samples = folder / SAMPLES if keeps_samples else None
        names: Mapping[str, str] = settings.AWS_NAMES["queues"] | settings.AWS_NAMES["dead_letter_queues"]
        self._sampler = QueueSampler(queues, names) if queues is not None else None
        self._lines = LineFollower(lambda: sorted(folder.glob("*.log")))
        self._series = Series()
        self._received: Counter[str] = Counter()
        self._states: dict[str, AlarmState] = {}

    def look(self, now: datetime) -> AlarmReport:
        """Read what is new, and return the state of all alarms at `now`."""
        oldest_s = now.timestamp() - self._span_s
        self._read_lines(oldest_s)
        self._sample(now)
        self._read_lines(oldest_s)
        self._series.forget_before(oldest_s)
        verdicts = evaluate(self._alarms, self._series, now.timestamp(), has_local_source)
        self._states = {verdict.name: self._date(verdict, now) for verdict in verdicts}
        return AlarmReport(now, tuple(self._states.values()))

    def _date(self, verdict: Verdict, now: datetime) -> AlarmState:
        before = self._states.get(verdict.name)
        since = before.since if before and before.state == verdict.state else now
        return AlarmState(verdict.name, verdict.state, since, verdict.reason, verdict.runbook)

    def _read_lines(self, oldest_s: float) -> None:
        """Add what the logs say since `oldest_s`; earlier lines only tell since when there are any."""
        for line in self._lines.read_new():
            if (at_s := read_time(line)) < oldest_s:
                self._series.note_start(at_s)
            else:
                self._add(parse_line(line))

    def _add(self, lines: Iterable[MetricValues]) -> None:
        for found in lines:
            if found.series.name == metrics.DELIVER_RECEIVED.name:
                self._received[dict(found.series.dimensions)["queue"]] += int(sum(found.values))
            for each in (found, *mirror_lag(found, settings.AWS_NAMES["stream"])):
                self._series.add(each.series, each.at_s, each.values)

    def _sample(self, now: datetime) -> None:
        if self._sampler is None:
            return
        try:
            samples = list(self._sampler.sample(now, self._received))
        except TransientError as error:
            log.warning("alarms", outcome="queues not sampled", error=str(error))
            return
        if self._samples is None:
            self._add(samples)
        else:
            with self._samples.open("a") as lines:
                lines.writelines(map(write_line, samples))


class RepeatedWatch:
    """A watch that looks every `EVERY` and passes its report on to `keep`; it survives a failing store."""

    def __init__(self, watch: AlarmWatch, keep: Callable[[AlarmReport], None]) -> None:
        self._watch = watch
        self._keep = keep
        self._next_at = datetime.min.replace(tzinfo=UTC)

    def look_if_due(self, now: datetime) -> None:
        """Look if `EVERY` has passed since the last time."""
        if now < self._next_at:
            return
        self._next_at = now + EVERY
        try:
            self._keep(self._watch.look(now))
        except TransientError as error:
            log.warning("alarms", outcome="states not kept", error=str(error))
