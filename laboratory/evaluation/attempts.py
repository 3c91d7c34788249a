"""Scores of the evidence of attempts against the truth: how many false ones were found, and how rightly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracking.domain.attempt_evidence import AttemptEvidence, EvidenceVerdict

# Device, and the number of its report.
DeviceReport = tuple[str, int]


class TrueAttempt(NamedTuple):
    """Attempt as it happened: its report, whether the parcel was delivered, and whether nobody was there."""

    at: datetime
    report: DeviceReport
    delivered: bool
    false: bool


class ScoredAttempt(NamedTuple):
    """Attempt and the verdict on it; None if its report never reached the timeline."""

    truth: TrueAttempt
    verdict: EvidenceVerdict | None


def match_attempts(
    truths: Sequence[TrueAttempt], evidence: Mapping[DeviceReport, AttemptEvidence | None]
) -> list[ScoredAttempt]:
    """Return every attempt whose report was recorded, with the verdict on it."""
    return [
        ScoredAttempt(truth, found.verdict if (found := evidence[truth.report]) else None)
        for truth in truths
        if truth.report in evidence
    ]


def score_attempts(scored: Sequence[ScoredAttempt]) -> dict[str, Any]:
    """Return the figures of `attempt_report`; a share without a case is None.

    Precision is the share of false attempts among the contradicted ones, recall the share of contradicted
    ones among the false attempts.
    """
    false = [attempt for attempt in scored if attempt.truth.false]
    honest = [attempt for attempt in scored if not attempt.truth.false]
    contradicted = [attempt for attempt in scored if attempt.verdict == "contradicted"]
    hits = sum(attempt.truth.false for attempt in contradicted)
    return {
        "attempts": len(scored),
        "false": len(false),
        "contradicted": len(contradicted),
        "precision": _share(hits, len(contradicted)),
        "recall": _share(hits, len(false)),
        "of_false": _count_verdicts(false),
        "of_honest": _count_verdicts(honest),
    }


def _count_verdicts(attempts: Sequence[ScoredAttempt]) -> dict[str, int]:
    return dict(sorted(Counter(str(attempt.verdict) for attempt in attempts).items()))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
