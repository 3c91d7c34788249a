"""Saved views: filters of the incident queue that an account keeps under names of its own."""

from tracking.models import SavedView
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import PREFIX

MAX_VIEWS, NAME_LENGTH, FILTERS_LENGTH = 20, 40, 400


@staff_write(Verb.SAVE_VIEW)
def save_view(staff: Staff, name: str, filters: str) -> SavedView:
    """Save filters under a name; a view of the same name is replaced. Raises `ConflictError` beyond 20."""
    shown = " ".join(name.split())[:NAME_LENGTH]
    if not shown or len(filters) > FILTERS_LENGTH:
        raise ConflictError("A view needs a name of at most 40 characters.")
    views = SavedView.objects.filter(user_id=_find_number(staff.actor))
    if not views.filter(name=shown).exists() and views.count() >= MAX_VIEWS:
        raise ConflictError(f"An account has at most {MAX_VIEWS} saved views.")
    view, _ = views.update_or_create(
        name=shown, defaults={"filters": filters, "user_id": _find_number(staff.actor)}
    )
    record_action(staff, Verb.SAVE_VIEW, f"view {view.pk}", after={"name": shown, "filters": filters})
    return view


@staff_write(Verb.DELETE_VIEW)
def delete_view(staff: Staff, view_id: int) -> str:
    """Delete a saved view and return its name. Raises `UnknownError` for one of another account."""
    view = SavedView.objects.filter(user_id=_find_number(staff.actor), pk=view_id).first()
    if view is None:
        raise UnknownError
    record_action(staff, Verb.DELETE_VIEW, f"view {view.pk}", before={"name": view.name})
    view.delete()
    return view.name


def list_views(actor: str) -> list[SavedView]:
    """Return the saved views of the account, by name."""
    return list(SavedView.objects.filter(user_id=_find_number(actor)))


def _find_number(actor: str) -> int:
    return int(actor.removeprefix(PREFIX))
