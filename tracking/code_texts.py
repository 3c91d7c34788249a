"""Words of codes for staff: the one place where a stored code becomes text on the pages of the console.

Statuses and their substatuses have their names in `tracking.domain.texts`, reasons of notifications in
`notifications.reasons`. A code that an older version stored and that has no text here is spelled out.
"""

import re
from typing import Literal

from tracking.domain.arriving import ARRIVING
from tracking.domain.status import DELAYED_WORD, Direction
from tracking.domain.texts import STATUS_TEXTS, SUBSTATUS_TEXTS
from tracking.domain.vocabularies import parse_status

CodeGroup = Literal["incident", "resolution", "change", "source", "clock", "verb", "confidence"]

CODE_TEXTS: dict[CodeGroup, dict[str, str]] = {
    "incident": {
        "attempt_doubtful": "Attempt in doubt",
        "suspected_fake_attempt": "Vehicle was elsewhere at the attempt",
        "delivery_disputed": "Delivery disputed",
        "feed_silent": "Partner's feed is silent",
        "webhook_disabled": "Webhook endpoint disabled",
        "attempt_failed": "Attempt failed",
        "exception": "Problem with the parcel",
        "vehicle_silent": "Vehicle is silent",
        "unrouted": "Changes that no rule takes",
        "vehicle_stands": "Vehicle stands still",
        "delayed": "Delayed",
        "stalled": "No scan for too long",
        "on_hold": "On hold",
        "customer_request": "Request of the recipient",
        "duplicate_number": "Two parcels with one number",
        "foreign_vehicle": "Reported by a partner that does not own it",
        "clock_skewed": "Device clock is wrong",
        "unmapped_status": "Unknown status",
        "quarantine_growing": "Quarantine is growing",
    },
    "resolution": {
        "delivered": "Delivered",
        "rescheduled": "Rescheduled",
        "address_corrected": "Address corrected",
        "sent_back": "Sent back",
        "compensated": "Compensated",
        "false_alarm": "False alarm",
        "agreed": "Agreed as asked",
        "not_served": "Not possible: not served",
        "too_late": "Not possible: too late",
        "sender_refused": "Not possible: sender refuses",
        "withdrawn": "Withdrawn by the recipient",
        "other": "Other",
    },
    "change": {
        "created": "Booked",
        "status_changed": "Status changed",
        "milestone_reached": "Milestone reached",
        "delayed": "Delayed",
        "delay_cleared": "On time again",
        "eta_changed": "New arrival time",
        "corrected": "Event corrected",
        "event_rejected": "Event refused",
        "stalled": "No progress",
        "attempt_doubted": "Attempt in doubt",
    },
    "source": {
        "device": "Device",
        "api": "Partner's system",
        "manifest": "Manifest",
        "manual": "Staff",
        "system": "SwiftLogix",
    },
    # Events that our own processes report.
    "clock": {
        "delay": "Compared with the promise",
        "eta": "New arrival window",
        "arriving": "Van is near",
        "expired": "No scan for thirty days",
        "evidence": "Positions around the attempt read",
        "no_scan": "No scan for too long",
        "vehicle_stands": "Vehicle stands still",
    },
    "verb": {
        "see": "Opened a page",
        "enrol_second_factor": "Set up the second factor",
        "acknowledge_incident": "Acknowledged an incident",
        "resolve_incident": "Resolved an incident",
        "assign_incident": "Assigned an incident",
        "snooze_incident": "Snoozed an incident",
        "reopen_incident": "Reopened an incident",
        "note_incident": "Added a note to an incident",
        "undo_own_action": "Undid an own action",
        "undo_action_of_others": "Undid an action of another account",
        "act_on_many_incidents": "Acted on many incidents",
        "save_view": "Saved a view",
        "delete_view": "Deleted a view",
        "note_shipment": "Added a note",
        "replay_quarantined_record": "Replayed a quarantined record",
        "see_proofs": "Looked at the proofs",
        "export": "Downloaded figures or a track",
        "unmask_recipient": "Read the recipient in clear",
        "unmask_driver": "Read the driver's contact in clear",
        "see_as_customer": "Opened the customer's page",
        "read_outbox": "Read the outbox",
        "simulate_rules": "Simulated rules",
        "read_quarantined_records": "Read quarantined records",
        "redeliver_webhook": "Sent a webhook again",
        "read_own_actions": "Read own entries of the audit log",
        "read_all_actions": "Read the audit log",
        "correct_event": "Corrected an event",
        "ask_for_correction": "Asked for a correction",
        "confirm_correction": "Confirmed a correction",
        "decline_correction": "Declined a correction",
        "administer": "Any change in the admin",
    },
    "confidence": {"high": "high", "medium": "medium", "low": "low"},
}

# Reporters in a sentence, by source.
REPORTERS = {
    "device": "the device",
    "api": "the partner",
    "manifest": "the manifest",
    "manual": "staff",
    "system": "SwiftLogix",
}
REJECTIONS = {
    "foreign_vehicle": "Reported by a partner to whom the shipment does not belong",
    "foreign_booking": "Booked before by another partner",
    "may_not_correct": "The source of the report may not correct events",
    "too_late": "It happened before what is settled for good",
    "retracted": "A correction says that it did not happen",
    "superseded": "A correction says what is right instead",
}
_CORRECTION_REASONS = {"did not occur": "it did not happen", "incorrect data": "its data were wrong"}
# Reasons as changes and incidents store them in English, with codes in them.
_REPORTED = re.compile(rf"(?P<what>.+), reported by (?P<source>{'|'.join(REPORTERS)})")
_RULES = "|".join(("illegal", "unmapped_status", *REJECTIONS))
_REJECTED = re.compile(rf"(?P<rule>{_RULES})(?::(?P<detail>\S*))?(?: \((?P<reported>.*)\))?")
_CORRECTED = re.compile(r"\S+ (?P<how>retracted|superseded): (?P<why>.*)")
_INCIDENT = re.compile(r"incident (?P<number>\d+) (?P<code>\w+)")
_WHOLE = {
    "no scan": "No scan for too long",
    "vehicle stands": "The vehicle stands still",
    "reported": "Reported as late",
}


def say_code(group: CodeGroup, code: str) -> str:
    """Return the text of a code; a code without one is spelled out."""
    return CODE_TEXTS[group].get(code) or spell_code(code)


def spell_code(code: str) -> str:
    """Return a code as words, such as `Cod not ready`; the last resort for codes without a text."""
    words = code.replace("_", " ").replace(".", ": ")
    return words[:1].upper() + words[1:]


def say_status_code(status: str, substatus: str | None = None) -> str:
    """Return the name of a substatus, else of a status or of the flag `delayed`; else the quoted word."""
    if (named := SUBSTATUS_TEXTS.get(f"{status}.{substatus}")) is not None:
        return named
    if status == DELAYED_WORD:
        return "Delayed"
    known = parse_status(status)
    return STATUS_TEXTS[known] if known is not None else f"“{status}”"


def say_reported(status: str, substatus: str | None) -> str:
    """Return the name of a substatus as staff reads it: what it means, not what the recipient is told."""
    return "Van is near" if substatus == ARRIVING else say_status_code(status, substatus)


def say_illegal(before: str, after: str, direction: Direction = Direction.FORWARD) -> str:
    """Return the sentence that a status may not follow another one in this direction of travel."""
    back = " on the way back" if direction is Direction.RETURN else ""
    return f"{say_status_code(after)} may not follow {say_status_code(before)}{back}"


def say_reason(why: str) -> str:
    """Return the stored reason of a change or an incident as a sentence without codes."""
    if why in _WHOLE:
        return _WHOLE[why]
    if found := _REPORTED.fullmatch(why):
        return f"{found['what']}, reported by {REPORTERS[found['source']]}"
    if found := _CORRECTED.fullmatch(why):
        return f"An event was corrected: {_CORRECTION_REASONS.get(found['why'], found['why'])}"
    if found := _REJECTED.fullmatch(why):
        return _say_rejection(found["rule"], found["detail"] or "", found["reported"] or "")
    return why[:1].upper() + why[1:]


def say_webhook(type_name: str) -> str:
    """Return what a webhook of a type such as `shipment.delayed` is about."""
    subject, _, change = type_name.partition(".")
    return say_code("change", change) if subject == "shipment" else spell_code(type_name.replace(".", "_"))


def say_subject(subject: str) -> str:
    """Return the object of an entry in the audit log, such as `incident 12 delayed`, without codes."""
    found = _INCIDENT.fullmatch(subject)
    return f"incident {found['number']}, {say_code('incident', found['code'])}" if found else subject


def _say_rejection(rule: str, detail: str, reported: str) -> str:
    if rule == "illegal":
        before, _, after = detail.partition("->")
        return say_illegal(before, after)
    if rule == "unmapped_status":
        return f"The status “{reported}” is not known"
    return REJECTIONS[rule]
