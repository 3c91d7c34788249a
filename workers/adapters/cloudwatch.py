"""States of the alarms as CloudWatch has them."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from workers.alarm_states import AlarmReport, AlarmState

# However many pages are open, each process asks so seldom.
KEPT_S = 15.0


class CloudWatchAlarms:
    """`AlarmStates` of the alarms whose names begin with a prefix. Safe to use from many threads.

    Those without a description are left out: they start a scaling and have no runbook.
    """

    def __init__(self, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefix = prefix
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: AlarmReport | None = None
        self._asked_at = 0.0

    def read(self) -> AlarmReport | None:
        """Return the states, at most `KEPT_S` old; None if there is no such alarm."""
        with self._lock:
            if self._kept is None or self._clock() - self._asked_at >= KEPT_S:
                self._kept, self._asked_at = self._ask(), self._clock()
            return self._kept if self._kept.alarms else None

    def _ask(self) -> AlarmReport:
        try:
            alarms = tuple(self._describe())
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return AlarmReport(datetime.now(UTC), alarms)

    def _describe(self) -> Iterator[AlarmState]:
        pages = self._client.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for page in pages:
            for alarm in (*page.get("CompositeAlarms", ()), *page.get("MetricAlarms", ())):
                if alarm.get("AlarmDescription"):
                    yield AlarmState(
                        name=alarm["AlarmName"].removeprefix(self._prefix),
                        state=alarm["StateValue"],
                        since=alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"],
                        reason=alarm["StateReason"],
                        runbook=alarm["AlarmDescription"],
                    )

    @cached_property
    def _client(self) -> Any:
        return build_client("cloudwatch")
