"""Words of codes: each code that is stored has a text, and stored reasons become sentences without codes."""

from typing import get_args

import pytest

from tests.events import make_event
from tests.tracking.stories import record_timeline
from tracking.code_texts import (
    CODE_TEXTS,
    REPORTERS,
    say_code,
    say_reason,
    say_status_code,
    say_subject,
    say_webhook,
)
from tracking.domain.events import CHANGE_TYPES, Source
from tracking.domain.reasons import STALL_REASONS, ClockKind
from tracking.services.operations.incident_changes import WITHDRAWN
from tracking.services.operations.incident_kinds import KINDS
from tracking.services.requests.bodies import RESOLUTION_CODES
from tracking.services.requests.roles import Verb

CODES = {
    "incident": set(KINDS),
    "resolution": {*RESOLUTION_CODES, WITHDRAWN},
    "change": set(CHANGE_TYPES),
    "source": set(get_args(Source)),
    "clock": {*get_args(ClockKind), *STALL_REASONS},
    "verb": set(Verb),
    "confidence": {"high", "medium", "low"},
}


@pytest.mark.parametrize("group", CODE_TEXTS)
def test_every_code_has_a_text_of_its_own_without_a_code_in_it(group):
    texts = CODE_TEXTS[group]
    assert CODES[group] - set(texts) == set()
    assert len(set(texts.values())) == len(texts)
    assert [text for text in texts.values() if "_" in text or not text.strip()] == []


def test_every_source_can_report_in_a_sentence():
    assert set(REPORTERS) == set(get_args(Source))


def test_an_unknown_code_is_spelled_out():
    assert say_code("incident", "lost_in_space") == "Lost in space"


@pytest.mark.parametrize(
    ("status", "substatus", "text"),
    [
        ("attempt_failed", "not_home", "Nobody at home"),
        ("attempt_failed", "no_such_code", "Delivery attempt failed"),
        ("delayed", None, "Delayed"),
        ("OutForDelivery", None, "Out for delivery"),
        ("teleported", None, "“teleported”"),
    ],
)
def test_a_status_has_its_name_and_an_unknown_one_is_quoted(status, substatus, text):
    assert say_status_code(status, substatus) == text


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("Damaged, reported by device", "Damaged, reported by the device"),
        ("Nobody at home, reported by api", "Nobody at home, reported by the partner"),
        ("illegal:delivered->in_transit (in_transit)", "On the way may not follow Delivered"),
        ("unmapped_status (teleported)", "The status “teleported” is not known"),
        ("foreign_vehicle (None)", "Reported by a partner to whom the shipment does not belong"),
        ("too_late (delivered)", "It happened before what is settled for good"),
        ("e5 retracted: did not occur", "An event was corrected: it did not happen"),
        ("no scan", "No scan for too long"),
        ("vehicle stands", "The vehicle stands still"),
        ("reported", "Reported as late"),
        ("expected 54 min past the promise", "Expected 54 min past the promise"),
        ("expected less than a minute past the promise", "Expected less than a minute past the promise"),
        ("", ""),
    ],
)
def test_a_stored_reason_is_shown_as_a_sentence(why, text):
    assert say_reason(why) == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (say_webhook("shipment.eta_changed"), "New arrival time"),
        (say_webhook("incident.opened"), "Incident opened"),
        (
            say_subject("incident 12 suspected_fake_attempt"),
            "incident 12, Vehicle was elsewhere at the attempt",
        ),
        (say_subject("recipient of SLX-1"), "recipient of SLX-1"),
    ],
)
def test_webhooks_and_objects_of_the_log_are_in_words(said, text):
    assert said == text


def test_reasons_of_real_changes_hold_no_code(world):
    made = []
    for minute, event in enumerate(
        (
            {"status": "delivered", "substatus": "signed"},
            {"status": "in_transit"},
            {"reported_status": "teleported"},
            {"reported_status": "delayed"},
            {"source": "system", "clock_kind": "no_scan"},
            {"source": "manual", "retracts": "e0", "correction_reason": "did_not_occur"},
        )
    ):
        changes, _ = record_timeline(world.store, make_event(minute, **event))
        made += [say_reason(change.why) for change in changes]
    assert len(made) >= 5
    assert [text for text in made if "_" in text or "->" in text] == []
