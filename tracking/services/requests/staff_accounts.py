"""Role and scope of an account of staff, read from its groups and its row of `StaffScope`."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from tracking.models import StaffScope
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import EVERYTHING, Role, Scope

# The actor of an account is this prefix and its number.
PREFIX = "staff_"


def find_staff(user: Any, request_id: str = "") -> Staff | None:
    """Return the account as a caller of services; None for one that is not active staff, or has no role."""
    if not is_active_staff(user):
        return None
    role = find_role(user)
    return None if role is None else Staff(f"{PREFIX}{user.pk}", role, find_scope(user), request_id)


def is_active_staff(user: Any) -> bool:
    """Return whether the account may sign in; without a role it sees nothing of the console."""
    return bool(getattr(user, "is_active", False) and getattr(user, "is_staff", False))


def find_role(user: Any) -> Role | None:
    """Return the highest role among the account's groups, None without one; superusers are supervisors."""
    if user.is_superuser:
        return Role.SUPERVISOR
    groups = User.groups.through.objects.filter(user_id=user.pk)
    names = set(groups.values_list("group__name", flat=True))
    return max((role for role in Role if role.group in names), default=None)


def find_scope(user: Any) -> Scope:
    """Return the scope of the account; superusers have no limit."""
    if user.is_superuser:
        return EVERYTHING
    row = StaffScope.objects.filter(user_id=user.pk).first()
    if row is None:
        return EVERYTHING
    return Scope(
        frozenset(row.hubs.values_list("pk", flat=True)), frozenset(row.partners.values_list("pk", flat=True))
    )


def name_accounts(actors: Iterable[str]) -> dict[str, str]:
    """Return the user names of these actors (`staff_7`). One that is no account keeps its own text."""
    wanted = set(actors)
    numbers = [int(number) for actor in wanted if (number := actor.removeprefix(PREFIX)).isdecimal()]
    rows = User.objects.filter(pk__in=numbers).values_list("pk", "username") if numbers else ()
    found = {f"{PREFIX}{pk}": username for pk, username in rows}
    return {actor: found.get(actor, actor) for actor in wanted}


def list_accounts() -> list[tuple[str, str]]:
    """Return all accounts of staff, also inactive ones, as actor and user name, by name."""
    rows = User.objects.filter(is_staff=True).order_by("username").values_list("pk", "username")
    return [(f"{PREFIX}{pk}", username) for pk, username in rows]


def list_operators() -> list[tuple[str, str]]:
    """Return the accounts that incidents can be assigned to, as actor and user name, by name."""
    groups = [role.group for role in Role if role >= Role.OPERATOR]
    able = User.objects.filter(is_active=True, is_staff=True).filter(
        Q(is_superuser=True) | Q(groups__name__in=groups)
    )
    rows = able.distinct().order_by("username").values_list("pk", "username")
    return [(f"{PREFIX}{pk}", username) for pk, username in rows]
