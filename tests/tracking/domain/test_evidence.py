"""Evidence of lateness: what a window, an lateness_risk and looks in between are worth."""

import pytest

from tests.events import at
from tracking.domain.delay import Delay, Evidence, gather_evidence, merge_evaluations
from tracking.domain.events import Eta, LatenessRisk

PROMISED = at(600)


@pytest.mark.parametrize(
    ("known", "certain", "minutes"),
    [
        ({}, False, 0),
        ({"p50_at": at(659.4)}, False, 59),
        ({"p50_at": at(659.6)}, False, 60),
        ({"p50_at": at(500)}, False, 0),
        ({"p10_at": at(600), "p50_at": at(645)}, False, 45),
        ({"p10_at": at(600.1), "p50_at": at(645)}, True, 45),
        ({"at": at(600)}, False, 0),
        ({"at": at(630)}, True, 30),
        ({"at": at(630), "p50_at": at(620)}, True, 30),
        ({"at": at(630), "p50_at": at(690)}, True, 90),
    ],
)
def test_the_minutes_past_the_promise_are_those_of_the_middle_and_never_before_now(known, certain, minutes):
    evidence = Evidence(**{"at": at(300), "promised_at": PROMISED} | known)
    assert (evidence.is_certain, evidence.minutes) == (certain, minutes)


@pytest.mark.parametrize(
    ("lateness_risk", "p10", "p_late", "trusted"),
    [
        (None, at(20), None, False),
        (LatenessRisk(p_late=0.4), at(20), 0.4, False),
        (LatenessRisk(p_late=0.4, is_trusted=True), at(20), 0.4, True),
        (LatenessRisk(p_late=0.4, is_trusted=True, is_firm=False), None, 0.4, True),
    ],
)
def test_evidence_follows_window_and_lateness_risk_and_an_estimate_makes_nothing_certain(
    lateness_risk, p10, p_late, trusted
):
    eta = Eta(from_=at(20), at=at(30), to=at(40))
    assert gather_evidence(PROMISED, at(1), eta, lateness_risk) == Evidence(
        at=at(1), promised_at=PROMISED, p10_at=p10, p50_at=at(30), p_late=p_late, is_trusted=trusted
    )
    without = gather_evidence(PROMISED, at(1), None, lateness_risk)
    assert (without.p10_at, without.p50_at) == (None, None)


@pytest.mark.parametrize(
    ("own", "looked", "counted"),
    [(None, 5, 2), (4, 5, 2), (5, 5, 0), (6, 5, 0), (4, None, 0), (None, None, 0)],
)
def test_looks_count_where_they_are_newer_than_what_the_delay_has_seen(own, looked, counted):
    delay = Delay(minutes=7, evaluated_at=None if own is None else at(own))
    since = Delay(above=2, below=1, minutes=9, evaluated_at=None if looked is None else at(looked))
    after = merge_evaluations(delay, since)
    assert (after.above, after.minutes) == (counted, 7)
    assert after.evaluated_at == (since if counted else delay).evaluated_at
    assert merge_evaluations(delay, None) is delay
