"""Undo: the inverse within ten seconds, unless somebody has changed the incident; each with its entry."""

from datetime import timedelta

import pytest

from tests.events import at
from tests.tracking.services.operations.desk_world import enter, open_on, read_entries, read_fields, see
from tracking.models import Incident, IncidentNote, StaffAction
from tracking.services.operations.incident_changes import UNDO_FOR
from tracking.services.operations.incident_undo import undo_as_staff
from tracking.services.operations.staff_incidents import (
    acknowledge_as_staff,
    assign_as_staff,
    note_as_staff,
    reopen_as_staff,
    resolve_as_staff,
    snooze_as_staff,
)
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Role, RoleRefusedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
RESOLUTION = Resolution(resolution_code="other", note="done")
SOON = at(1) + timedelta(seconds=9)
FIELDS = (
    "owner acknowledged_at acknowledged_by snoozed_until resolved_at resolved_by resolution_code note"
).split()


def act(name, staff, cards, now):
    match name:
        case "acknowledge":
            return acknowledge_as_staff(staff, cards, now)
        case "assign":
            return assign_as_staff(staff, cards, staff.actor, now)
        case "snooze":
            return snooze_as_staff(staff, cards, "morning", now)
        case "resolve":
            return resolve_as_staff(staff, cards, RESOLUTION, now)
    return reopen_as_staff(staff, cards, now)


@pytest.mark.parametrize("name", ["acknowledge", "assign", "snooze", "resolve", "reopen"])
def test_an_undone_action_leaves_the_incidents_as_they_were(name):
    staff = enter("meera", Role.SUPERVISOR)
    incidents = [open_on("SLX-1"), open_on("SLX-1", "exception"), open_on("SLX-2")]
    if name == "reopen":
        resolve_as_staff(staff, [see(*incidents)], RESOLUTION, at(0))
    before = [read_fields(row, *FIELDS) for row in incidents]
    outcome = act(name, staff, [see(*incidents[:2]), see(incidents[2])], at(1))
    assert [read_fields(row, *FIELDS) for row in incidents] != before
    undone = undo_as_staff(staff, outcome.entry_ids, SOON)
    assert [read_fields(row, *FIELDS) for row in incidents] == before
    assert (undone.cards, {row.last_action for row in undone.incidents}) == (2, {"undo"})
    assert [entry[1] for entry in read_entries()][-2:] == ["undo_own_action"] * 2
    with pytest.raises(ConflictError, match="meera undid an action"):
        undo_as_staff(staff, outcome.entry_ids, SOON)


def test_an_undo_after_another_change_says_who_made_it():
    asha, ravi = enter("asha"), enter("ravi")
    incident = open_on("SLX-1")
    outcome = snooze_as_staff(asha, [see(incident)], "1_h", at(1))
    acknowledge_as_staff(ravi, [see(incident)], at(1))
    with pytest.raises(ConflictError, match="Delayed of SLX-1: ravi claimed it at 12:31:00"):
        undo_as_staff(asha, outcome.entry_ids, SOON)
    assert read_fields(incident, "owner", "snoozed_until") == (ravi.actor, at(61))


def test_an_undo_is_too_late_after_ten_seconds():
    asha, incident = enter("asha"), open_on("SLX-1")
    outcome = acknowledge_as_staff(asha, [see(incident)], at(1))
    with pytest.raises(ConflictError, match="for 10 seconds"):
        undo_as_staff(asha, outcome.entry_ids, at(1) + UNDO_FOR + timedelta(milliseconds=1))
    undo_as_staff(asha, outcome.entry_ids, at(1) + UNDO_FOR)
    assert read_fields(incident, "owner") == ("",)


def test_the_action_of_another_is_undone_by_a_supervisor_alone():
    asha, ravi, meera = enter("asha"), enter("ravi"), enter("meera", Role.SUPERVISOR)
    incident = open_on("SLX-1")
    outcome = acknowledge_as_staff(asha, [see(incident)], at(1))
    with pytest.raises(RoleRefusedError):
        undo_as_staff(ravi, outcome.entry_ids, SOON)
    undo_as_staff(meera, outcome.entry_ids, SOON)
    assert read_fields(incident, "owner", "changed_by") == ("", meera.actor)
    with pytest.raises(UnknownError):
        undo_as_staff(asha, [10**9], SOON)


def test_a_resolution_is_not_undone_once_the_same_was_reported_again():
    asha, incident = enter("asha"), open_on("SLX-1")
    outcome = resolve_as_staff(asha, [see(incident)], RESOLUTION, at(1))
    open_on("SLX-1", minute=1)
    with pytest.raises(ConflictError, match="reported of SLX-1 again"):
        undo_as_staff(asha, outcome.entry_ids, SOON)
    assert Incident.objects.filter(resolved_at=None).count() == 1


def test_a_note_is_taken_back():
    asha, incident = enter("asha"), open_on("SLX-1")
    outcome = note_as_staff(asha, incident.pk, "called", at(1))
    # The log is never changed, so it holds no word of the note.
    assert StaffAction.objects.get().reason == ""
    undo_as_staff(asha, outcome.entry_ids, SOON)
    assert IncidentNote.objects.count() == 0
    with pytest.raises(UnknownError):
        undo_as_staff(asha, outcome.entry_ids, SOON)
