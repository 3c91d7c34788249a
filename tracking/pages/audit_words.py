"""Entries of the audit log in words: who did what to which object, and what it changed."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from tracking.code_texts import say_code, say_subject, spell_code
from tracking.models import StaffAction
from tracking.pages.audit_changes import say_change
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import name_accounts

ACTOR = re.compile(r"staff_[0-9]{1,18}")
UNDO = re.compile(r"undo of entry (?P<entry>[0-9]+), (?P<verb>\w+)")
_RECORD = re.compile(r"(?P<model>\w+\.\w+) (?P<row>.+)")
_ACCOUNT = re.compile(r"account staff_(?P<row>[0-9]{1,18})")
_DRIVER = re.compile(r"driver of (?P<vehicle>.+)")
# What the admin has done to a record.
_IN_ADMIN = {"add": "Added in the admin", "change": "Changed in the admin", "delete": "Deleted in the admin"}
# Codes of corrections, which the log keeps as their reason.
CORRECTION_REASONS = {"did_not_occur": "It did not happen", "incorrect_data": "Its data were wrong"}


class ActionInWords(NamedTuple):
    """Entry of the audit log in words; `change` is empty if it keeps no values.

    `path` is the address of the object's page, empty if it has none or the reader may not open it.
    """

    action: StaffAction
    who: str
    what: str
    subject: str
    path: str
    change: str
    reason: str


def list_in_words(actions: Iterable[StaffAction], *, may_administer: bool = False) -> list[ActionInWords]:
    """Put entries of the audit log into words; accounts have their names.

    Paths of the admin are only for those who may open them.
    """
    kept = list(actions)
    texts = [text for action in kept for text in (_say_subject(action), say_change(action))]
    mentioned = {actor for text in texts for actor in ACTOR.findall(text)}
    names = name_accounts({action.actor for action in kept} | mentioned)

    def name(text: str) -> str:
        return ACTOR.sub(lambda found: names[found[0]], text)

    return [
        ActionInWords(
            action,
            names[action.actor],
            _say_what(action),
            name(_say_subject(action)),
            _find_path(action, may_administer),
            name(say_change(action)),
            _say_reason(action.reason),
        )
        for action in kept
    ]


def _say_what(action: StaffAction) -> str:
    """Say what was done; of a record of the admin whether it was added, changed or deleted."""
    change = action.after.get("change", "") if action.verb == Verb.ADMINISTER else ""
    if action.verb == Verb.SNOOZE and _has_ended(action.after):
        return "Ended a snooze"
    return _IN_ADMIN.get(change) or say_code("verb", action.verb)


def _has_ended(after: dict[str, Any]) -> bool:
    """Return whether no incident is snoozed any more, by the values after the action."""
    parts = [value for value in after.values() if isinstance(value, dict)] or [after]
    return bool(after) and not any(part.get("snoozed_until") for part in parts)


def _say_subject(action: StaffAction) -> str:
    """Say the object; a record of the admin by its kind and its name, or by its number."""
    found = _RECORD.fullmatch(action.subject) if action.verb == Verb.ADMINISTER else None
    if found is None:
        return say_subject(action.subject)
    if found["model"] == "auth.user":
        return f"account staff_{found['row']}"
    try:
        kind = apps.get_model(found["model"])._meta.verbose_name  # noqa: SLF001 - documented API of models
    except (LookupError, ValueError):
        kind = spell_code(found["model"].partition(".")[2])
    return f"{kind} {action.after.get('object') or found['row']}"


def _find_path(action: StaffAction, may_administer: bool) -> str:
    if action.shipment_id:
        return reverse("ops:shipment", args=[action.shipment_id])
    if driver := _DRIVER.fullmatch(action.subject):
        return f"{reverse('ops:fleet')}?{urlencode({'vehicle': driver['vehicle']})}"
    if not may_administer or action.after.get("change") == "delete":
        return ""
    if account := _ACCOUNT.fullmatch(action.subject):
        return _find_record("auth.user", account["row"])
    record = _RECORD.fullmatch(action.subject) if action.verb == Verb.ADMINISTER else None
    return _find_record(record["model"], record["row"]) if record else ""


def _find_record(model: str, row: str) -> str:
    try:
        return reverse(f"admin:{model.replace('.', '_')}_change", args=[row])
    except NoReverseMatch:
        return ""


def _say_reason(reason: str) -> str:
    """Say why, without the code of a correction and of an action that was undone."""
    undone = UNDO.fullmatch(reason)
    if undone:
        return f"Undo of entry {undone['entry']}: {say_code('verb', undone['verb'])}"
    code, _, note = reason.partition(": ")
    if code in CORRECTION_REASONS:
        return ": ".join(filter(None, (CORRECTION_REASONS[code], note)))
    return reason
