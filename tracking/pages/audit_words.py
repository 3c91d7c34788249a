"""Entries of the audit log in words: who did what to which object, and what it changed."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tracking.code_texts import say_code, say_subject, spell_code
from tracking.models import StaffAction
from tracking.services.requests.staff_accounts import name_accounts

ACTOR = re.compile(r"staff_[0-9]{1,18}")
UNDO = re.compile(r"undo of entry (?P<entry>[0-9]+), (?P<verb>\w+)")
NOTHING = "–"
# Codes of corrections, which the log keeps as their reason.
CORRECTION_REASONS = {"did_not_occur": "It did not happen", "incorrect_data": "Its data were wrong"}


class ActionInWords(NamedTuple):
    """Entry of the audit log in words; `change` is empty if it keeps no values."""

    action: StaffAction
    who: str
    what: str
    subject: str
    change: str
    reason: str


def list_in_words(actions: Iterable[StaffAction]) -> list[ActionInWords]:
    """Put entries of the audit log into words; accounts have their names."""
    kept = list(actions)
    texts = [text for action in kept for text in (action.subject, _say_change(action))]
    mentioned = {actor for text in texts for actor in ACTOR.findall(text)}
    names = name_accounts({action.actor for action in kept} | mentioned)

    def name(text: str) -> str:
        return ACTOR.sub(lambda found: names[found[0]], text)

    return [
        ActionInWords(
            action,
            names[action.actor],
            say_code("verb", action.verb),
            name(say_subject(action.subject)),
            name(_say_change(action)),
            _say_reason(action.reason),
        )
        for action in kept
    ]


def _say_reason(reason: str) -> str:
    """Say why, without the code of a correction and of an action that was undone."""
    undone = UNDO.fullmatch(reason)
    if undone:
        return f"Undo of entry {undone['entry']}: {say_code('verb', undone['verb'])}"
    return CORRECTION_REASONS.get(reason, reason)


def _say_change(action: StaffAction) -> str:
    """Say what an entry changed, as `Owner: – → staff_7; Version: 1 → 2`."""
    before, after = _read(action.before), _read(action.after)
    names = [name for name in before | after if before.get(name) != after.get(name)]
    return "; ".join(
        f"{spell_code(name)}: {_say(before.get(name))} → {_say(after.get(name))}" for name in names
    )


def _read(kept: Any) -> Mapping[str, Any]:
    return kept if isinstance(kept, dict) else {}


def _say(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_say, value)) or NOTHING
    if isinstance(value, dict):
        parts = ((spell_code(name), part) for name, part in value.items())
        return ", ".join(f"{name}: {_say(part)}" if part else name for name, part in parts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value is None or value == "" else str(value)
