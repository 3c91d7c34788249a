"""Values of a form of the admin for the audit log: before and after, without secrets and personal data."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any, NamedTuple

from django import forms
from django.forms.utils import pretty_name

# Kinds of fields whose values are about nobody; texts are kept where the admin of the model names them.
_PLAIN = (
    *(forms.BooleanField, forms.IntegerField, forms.FloatField, forms.DecimalField),
    *(forms.DateField, forms.DateTimeField, forms.TimeField, forms.ChoiceField),
    *(forms.ModelChoiceField, forms.ModelMultipleChoiceField),
)


class FormChange(NamedTuple):
    """Values of changed fields before and after, by label; `hidden` are fields whose values are not kept."""

    before: dict[str, Any]
    after: dict[str, Any]
    hidden: list[str]


def read_change(sent: Iterable[forms.BaseForm], logged_texts: Iterable[str], *, add: bool) -> FormChange:
    """Read what forms have changed; of a new row all that is not empty."""
    change, texts = FormChange({}, {}, []), set(logged_texts)
    for form in sent:
        for name in form.cleaned_data if add else form.changed_data:
            _add(change, form, name, texts, add=add)
    return change


def _add(change: FormChange, form: forms.BaseForm, name: str, texts: set[str], *, add: bool) -> None:
    """Add a field of the form. One of two forms of an account, the password, has no field of its name."""
    field = form.fields.get(name)
    label = str(field.label or pretty_name(name)) if field else pretty_name(name)
    value = form.cleaned_data.get(name)
    if add and value in (None, "", []):
        return
    if field is None or not (isinstance(field, _PLAIN) or name in texts):
        change.hidden.append(label)
        return
    if isinstance(field, forms.FileField):
        change.after[label] = f"a file of {value.size / 1000:.1f} KB" if value else None
        return
    if not add:
        change.before[label] = _keep(field, form.get_initial_for_field(field, name))
    change.after[label] = _keep(field, value)


def _keep(field: forms.Field, value: Any) -> Any:
    """Return a value as JSON: rows by their names, times as text."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return sorted(str(row) for row in value or ())
    if isinstance(field, forms.ModelChoiceField) and isinstance(value, int):
        return str(field.queryset.filter(pk=value).first() or value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(field, forms.ChoiceField):
        names = {str(code): str(name) for code, name in field.choices}
        codes = value or () if isinstance(field, forms.MultipleChoiceField) else [value]
        said = [names.get(str(code), str(code)) for code in codes if code is not None]
        return said if isinstance(field, forms.MultipleChoiceField) else "".join(said)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
