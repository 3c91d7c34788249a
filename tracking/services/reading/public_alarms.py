"""Meaning of the alarms for the public, in one place for the status page and the console."""

from collections.abc import Collection, Mapping
from typing import Literal

# How the platform is now, the worst first; the texts are `platform.now.<verdict>`.
Verdict = Literal["late", "failed", "slow", "answers", "unread", "empty", "good"]
ORDER: tuple[Verdict, ...] = ("late", "failed", "slow", "answers", "unread", "empty", "good")
# By the name of the alarm. Others are about nothing that a recipient or a partner would notice.
PUBLIC_ALARMS: Mapping[str, Verdict] = {
    "iterator-age": "late",
    "read-lag": "late",
    "shards-unread": "late",
    "shards-halted": "late",
    "records-lost": "late",
    "burn-fast": "failed",
    "burn-slow": "failed",
    "unhealthy-targets": "failed",
    "push-latency": "slow",
    "push-promise": "slow",
    "response-time": "answers",
}


def find_worst(measured: Verdict, alarms: Collection[str]) -> Verdict:
    """Return the worst of what was measured and of what these alarms mean."""
    verdicts = {measured, *(PUBLIC_ALARMS[name] for name in alarms if name in PUBLIC_ALARMS)}
    return next(verdict for verdict in ORDER if verdict in verdicts)
