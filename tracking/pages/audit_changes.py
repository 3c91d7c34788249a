"""Changes of entries of the audit log in words, by the kind of the object.

Fields are said in the order of their names: PostgreSQL does not keep the order of the keys of a JSON object.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracking.code_texts import say_code, spell_code
from tracking.domain.indian_time import INDIA
from tracking.models import StaffAction
from tracking.services.requests.roles import Verb

# Word for a value that is not there.
EMPTY = "empty"
# Columns "Action" and "When" say these already, or nobody reads them.
_SAID_ELSEWHERE = {
    *("version", "note", "resolved_at", "resolved_by", "acknowledged_at", "acknowledged_by"),
}


def say_change(action: StaffAction) -> str:
    """Say what an entry changed, as `Owner: empty → staff_7`; an empty text without values."""
    before, after = _read(action.before), _read(action.after)
    if action.verb == Verb.ADMINISTER:
        return "; ".join(_say_administration(before, after))
    if any(key.isdecimal() for key in before | after):
        return "; ".join(_say_incidents(before, after))
    return "; ".join(_say_values(before, after))


def _say_values(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    names = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
    return [_say_pair(spell_code(name), name, before, after) for name in names]


def _say_incidents(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    """Say each change of the incidents of a card once: most are the same for all of them."""
    said: dict[str, None] = {}
    for key in sorted(before | after):
        old, new = _read(before.get(key)), _read(after.get(key))
        for name in sorted(old | new):
            if name not in _SAID_ELSEWHERE and old.get(name) != new.get(name):
                label = "Result" if name == "resolution_code" else spell_code(name)
                said[_say_pair(label, name, _spell(name, old), _spell(name, new))] = None
    return said


def _spell(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with that of a field of an incident in words."""
    value = values.get(name)
    if value and name == "resolution_code":
        return values | {name: say_code("resolution", value)}
    if value and name == "snoozed_until":
        return values | {name: f"{datetime.fromisoformat(value).astimezone(INDIA):%-d %b, %H:%M}"}
    return values


def _say_administration(before: dict[str, Any], after: dict[str, Any]) -> Iterable[str]:
    """Say the changed fields of a record, or what a button of the admin has done."""
    if done := after.get("done"):
        return [str(done).rstrip(".")]
    old, new = _read(before.get("values")), _read(after.get("values"))
    said = [_say_pair(name, name, old, new) for name in sorted(old | new)]
    hidden = [f"{name}: changed, value not kept" for name in after.get("hidden", ())]
    return [*said, *hidden, *(f"{name}: changed" for name in _list_names(after.get("fields")))]


def _list_names(message: Any) -> Iterable[str]:
    """List the changed fields of Django's own message, which entries held before they held values."""
    parts = message if isinstance(message, list) else [message]
    changes = [change for part in parts for change in _read(part).values()]
    return [name for change in changes for name in _read(change).get("fields", ())]


def _say_pair(label: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """Say `Label: old → new` of a field; only the new value of one that was not there, as in a new row."""
    old = f"{_say(before[name])} → " if name in before else ""
    return f"{label}: {old}{_say(after.get(name))}"


def _read(kept: Any) -> dict[str, Any]:
    return kept if isinstance(kept, dict) else {}


def _say(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_say, value)) or EMPTY
    if isinstance(value, dict):
        parts = ((spell_code(name), part) for name, part in sorted(value.items()))
        return ", ".join(f"{name}: {_say(part)}" if part else name for name, part in parts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return EMPTY if value is None or value == "" else str(value)
