"""Changes of entries of the audit log in words, by the kind of the object."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracking.code_texts import say_code, spell_code
from tracking.domain.indian_time import INDIA
from tracking.models import StaffAction
from tracking.services.requests.roles import Verb

NOTHING = "–"
# Columns "Action" and "When" say these already, or nobody reads them.
_SAID_ELSEWHERE = {
    *("version", "note", "resolved_at", "resolved_by", "acknowledged_at", "acknowledged_by"),
}


def say_change(action: StaffAction) -> str:
    """Say what an entry changed, as `Owner: – → staff_7; Result: – → Sent back`; empty without values."""
    before, after = _read(action.before), _read(action.after)
    if action.verb == Verb.ADMINISTER:
        return "; ".join(_say_administration(before, after))
    if any(key.isdecimal() for key in before | after):
        return "; ".join(_say_incidents(before, after))
    return "; ".join(_say_values(before, after))


def _say_values(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    names = [name for name in before | after if before.get(name) != after.get(name)]
    return [f"{spell_code(name)}: {_say_pair(before.get(name), after.get(name))}" for name in names]


def _say_incidents(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    """Say each change of the incidents of a card once: most are the same for all of them."""
    said: dict[str, None] = {}
    for key in before | after:
        old, new = _read(before.get(key)), _read(after.get(key))
        for name in old | new:
            if name not in _SAID_ELSEWHERE and old.get(name) != new.get(name):
                said[_say_field(name, old.get(name), new.get(name))] = None
    return said


def _say_field(name: str, old: Any, new: Any) -> str:
    match name:
        case "resolution_code":
            pair = _say_pair(*(say_code("resolution", code) if code else "" for code in (old, new)))
            return f"Result: {pair}"
        case "snoozed_until":
            return f"Snoozed until: {_say_pair(_say_moment(old), _say_moment(new))}"
    return f"{spell_code(name)}: {_say_pair(old, new)}"


def _say_moment(value: Any) -> str:
    return f"{datetime.fromisoformat(value).astimezone(INDIA):%-d %b, %H:%M}" if value else ""


def _say_administration(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    """Say the changed fields of a record, or what a button of the admin has done."""
    if done := after.get("done"):
        return [str(done).rstrip(".")]
    old, new = _read(before.get("values")), _read(after.get("values"))
    said = [f"{name}: {_say_pair(old.get(name), new.get(name))}" for name in old | new]
    hidden = [f"{name}: changed, value not kept" for name in after.get("hidden", ())]
    return [*said, *hidden, *(f"{name}: changed" for name in _list_names(after.get("fields")))]


def _list_names(message: Any) -> Iterable[str]:
    """List the changed fields of Django's own message, which entries held before they held values."""
    parts = message if isinstance(message, list) else [message]
    changes = [change for part in parts for change in _read(part).values()]
    return [name for change in changes for name in _read(change).get("fields", ())]


def _say_pair(old: Any, new: Any) -> str:
    """Say `old → new`; only the new value if there was none."""
    return f"{_say(old)} → {_say(new)}" if old not in (None, "", []) else _say(new)


def _read(kept: Any) -> dict[str, Any]:
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
