"""Scores of the evidence of attempts: precision, recall, and what became of false and honest attempts."""

from laboratory.evaluation.attempts import TrueAttempt, match_attempts, score_attempts
from tests.events import at
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.status import Status


def truth(number, *, false=False):
    return TrueAttempt(at(number), ("gps", number), delivered=False, false=false)


def found(verdict):
    return AttemptEvidence(
        event_id="a", status=Status.ATTEMPT_FAILED, attempted_at=at(0), verdict=verdict, computed_at=at(10)
    )


def test_precision_and_recall_count_contradicted_and_false_attempts():
    truths = [*(truth(number, false=True) for number in range(4)), *(truth(number) for number in range(4, 9))]
    verdicts = ["contradicted"] * 3 + ["insufficient", "contradicted"] + ["supported"] * 3
    evidence = {("gps", number): found(verdict) for number, verdict in enumerate(verdicts)}
    assert score_attempts(match_attempts(truths, evidence | {("gps", 8): None})) == {
        "attempts": 9,
        "false": 4,
        "contradicted": 4,
        "precision": 0.75,
        "recall": 0.75,
        "of_false": {"contradicted": 3, "insufficient": 1},
        "of_honest": {"None": 1, "contradicted": 1, "supported": 3},
    }


def test_an_attempt_whose_report_was_never_recorded_is_not_scored():
    scored = match_attempts([truth(1), truth(2)], {("gps", 1): found("supported")})
    assert [attempt.truth.report for attempt in scored] == [("gps", 1)]


def test_without_attempts_no_share_is_given():
    report = score_attempts([])
    assert (report["attempts"], report["precision"], report["recall"]) == (0, None, None)
