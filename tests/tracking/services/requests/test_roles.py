"""Roles: the table of the documents is that of the code, and accounts get their role from groups."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from tests.staff import make_staff
from tracking.services.requests.roles import EVERYTHING, LOWEST_ROLES, Role, Scope, Verb, may
from tracking.services.requests.staff_accounts import find_role, find_staff

DOCUMENT = Path(__file__).parents[4] / "docs" / "security.md"
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\| (yes|no) \| (yes|no) \| (yes|no) \|", re.MULTILINE)


def test_the_document_shows_the_table_of_the_code():
    shown = {name: tuple(cells) for name, *cells in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))}
    assert shown == {
        str(verb): tuple("yes" if may(role, verb) else "no" for role in Role) for verb in LOWEST_ROLES
    }


def test_every_action_has_a_lowest_role():
    assert LOWEST_ROLES.keys() == set(Verb)


@pytest.mark.parametrize("role", Role)
def test_an_account_has_the_role_of_its_group(db, role):
    assert find_role(make_staff(role)) == role


def test_an_account_in_two_groups_has_the_higher_role(db):
    user = make_staff(Role.OPERATOR)
    user.groups.add(make_staff(Role.SUPERVISOR, "other").groups.get())
    assert find_role(user) == Role.SUPERVISOR


def test_staff_without_a_role_are_nobody_and_superusers_are_supervisors_without_a_limit(db, hubs):
    plain = User.objects.create_user("plain", is_staff=True)
    plain.groups.add(Group.objects.create(name="drivers"))
    assert (find_role(plain), find_staff(plain, "req-1")) == (None, None)
    boss = User.objects.create_superuser("boss")
    assert find_staff(boss)[:3] == (f"staff_{boss.pk}", Role.SUPERVISOR, EVERYTHING)


def test_the_scope_of_an_account_is_its_row(db, hubs, partner):
    user = make_staff(Role.VIEWER, hubs=hubs[:1], partners=[partner])
    assert find_staff(user).scope == Scope(frozenset([hubs[0].pk]), frozenset([partner.pk]))


@pytest.mark.parametrize("rights", [{"is_staff": False}, {"is_staff": True, "is_active": False}])
def test_an_account_that_is_not_active_staff_is_nobody(db, rights):
    assert find_staff(User.objects.create_user("somebody", **rights)) is None
