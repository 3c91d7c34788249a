"""Accounts of staff in a role, limited or not; also after a test that has emptied all tables."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, User

from tracking.models import Hub, Partner, StaffScope
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import EVERYTHING, Role, Scope


def make_staff(
    role: Role = Role.OPERATOR,
    username: str = "operator",
    hubs: Iterable[Hub] = (),
    partners: Iterable[Partner] = (),
) -> User:
    """Create an account in the group of the role, limited to the hubs and partners."""
    user = User.objects.create_user(username, is_staff=True)
    group, _ = Group.objects.get_or_create(name=role.group)
    user.groups.add(group)
    scope = StaffScope.objects.create(user=user)
    scope.hubs.set(hubs)
    scope.partners.set(partners)
    return user


def as_caller(role: Role, scope: Scope = EVERYTHING) -> Staff:
    """Return a caller of services without an account: no account has the number 0."""
    return Staff("staff_0", role, scope, "req-1")
