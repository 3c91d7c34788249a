"""Actions on cards: each whole or not done, with one entry; conflicts in words; limits by role."""

from datetime import UTC, datetime

import pytest

from tests.events import at
from tests.tracking.services.operations.desk_world import (
    ask_on,
    enter,
    open_on,
    read_entries,
    read_fields,
    see,
)
from tests.tracking.stories import find_secrets
from tracking.models import Incident, IncidentNote, StaffAction
from tracking.services.operations.card_actions import FREE_CARDS, MAX_CARDS, Seen
from tracking.services.operations.incident_undo import undo_as_staff
from tracking.services.operations.incidents import close_incident
from tracking.services.operations.staff_incidents import (
    acknowledge_as_staff,
    assign_as_staff,
    find_snooze_end,
    note_as_staff,
    reopen_as_staff,
    resolve_as_staff,
    snooze_as_staff,
)
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.refusals import AlreadyResolvedError, ConflictError, UnknownError
from tracking.services.requests.roles import Role, RoleRefusedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
RESOLUTION = Resolution(resolution_code="rescheduled", note="asked 98450 12345")


@pytest.fixture
def asha():
    return enter("asha")


@pytest.fixture
def ravi():
    return enter("ravi")


@pytest.fixture
def meera():
    return enter("meera", Role.SUPERVISOR)


def test_a_claimed_card_belongs_to_the_account_with_all_its_symptoms_and_one_entry(asha):
    late, failed = open_on("SLX-1"), open_on("SLX-1", "attempt_failed", 5)
    outcome = acknowledge_as_staff(asha, [see(late, failed)], at(10))
    fields = ("owner", "acknowledged_by", "acknowledged_at", "version", "last_action")
    expected = (asha.actor, asha.actor, at(10), 2, "acknowledge")
    assert [read_fields(row, *fields) for row in (late, failed)] == [expected, expected]
    assert (outcome.cards, outcome.conflicts, len(outcome.incidents)) == (1, [], 2)
    assert read_entries() == [(asha.actor, "acknowledge_incident", f"incidents {late.pk}, {failed.pk}", "")]


def test_of_two_claims_the_second_reads_who_was_first(asha, ravi):
    incident = open_on("SLX-1")
    card = see(incident)
    acknowledge_as_staff(asha, [card], at(1))
    with pytest.raises(ConflictError, match="Delayed of SLX-1: asha claimed it at 12:31:00"):
        acknowledge_as_staff(ravi, [card], at(2))
    with pytest.raises(ConflictError, match="SLX-1 belongs to asha: asha claimed it at 12:31:00"):
        acknowledge_as_staff(ravi, [see(incident)], at(2))
    assert (read_fields(incident, "owner"), len(read_entries())) == ((asha.actor,), 1)


def test_a_card_that_another_has_resolved_is_refused_with_the_result(asha, ravi):
    incident = open_on("SLX-1")
    card = see(incident)
    resolve_as_staff(asha, [card], RESOLUTION, at(1))
    with pytest.raises(AlreadyResolvedError, match=r"asha resolved it \(rescheduled\) at 12:31:00."):
        snooze_as_staff(ravi, [card], "1_h", at(2))
    assert find_secrets(*read_fields(incident, "note"), *StaffAction.objects.values_list("reason")) == []


def test_a_symptom_that_has_closed_itself_is_left_out(asha, world):
    late, failed = open_on("SLX-1"), open_on("SLX-1", "attempt_failed")
    card = see(late, failed)
    close_incident(world.live, "delayed", "SLX-1", at(3))
    resolve_as_staff(asha, [card], RESOLUTION, at(4))
    assert [read_fields(row, "resolved_by", "resolution_code") for row in (late, failed)] == [
        ("", ""),
        (asha.actor, "rescheduled"),
    ]


def test_a_card_with_a_conflict_is_left_whole_while_the_others_are_done(asha, ravi):
    one, two, other = open_on("SLX-1"), open_on("SLX-1", "exception"), open_on("SLX-2")
    cards = [see(one, two), see(other)]
    snooze_as_staff(ravi, [see(two)], "1_h", at(1))
    outcome = resolve_as_staff(asha, cards, RESOLUTION, at(2))
    assert (outcome.cards, outcome.conflicts) == (
        1,
        ["Problem with the parcel of SLX-1: ravi snoozed it at 12:31:00."],
    )
    assert [read_fields(row, "resolution_code")[0] for row in (one, two, other)] == ["", "", "rescheduled"]


def read_results(*incidents):
    return [read_fields(row, "resolution_code")[0] for row in incidents]


def test_each_request_of_a_card_gets_its_own_answer_and_the_others_one_result_with_one_entry(asha):
    address, neighbour = ask_on("SLX-1", "address"), ask_on("SLX-1", "neighbour")
    late, failed, untouched = (open_on("SLX-1", code) for code in ("delayed", "attempt_failed", "exception"))
    answers = {
        address.pk: Resolution(resolution_code="agreed", note="x"),
        neighbour.pk: Resolution(resolution_code="sender_refused", note="x"),
    }
    card = see(address, neighbour, late, failed)
    outcome = resolve_as_staff(asha, [card], Resolution(resolution_code="other", note="x"), at(1), answers)
    assert read_results(address, neighbour, late, failed, untouched) == [
        "agreed",
        "sender_refused",
        "other",
        "other",
        "",
    ]
    assert (outcome.cards, outcome.kept, [entry[1:] for entry in read_entries()]) == (
        1,
        0,
        [("resolve_incident", f"incidents {address.pk}, {neighbour.pk}, {late.pk}, {failed.pk}", "x")],
    )
    undo_as_staff(asha, outcome.entry_ids, at(1))
    assert read_results(address, neighbour, late, failed) == [""] * 4


@pytest.mark.parametrize(
    ("code", "results", "kept"),
    [("too_late", ["too_late", "", "too_late"], 1), ("rescheduled", ["", "rescheduled", "rescheduled"], 1)],
)
def test_one_result_for_many_cards_never_ends_a_request_and_a_problem_alike(asha, code, results, kept):
    day, late, neighbour = ask_on("SLX-1", "other_day"), open_on("SLX-1"), ask_on("SLX-2", "neighbour")
    cards = [see(day, late), see(neighbour)]
    outcome = resolve_as_staff(asha, cards, Resolution(resolution_code=code), at(1))
    assert (read_results(day, late, neighbour), outcome.cards, outcome.kept) == (results, 2, kept)


def test_an_answer_to_a_card_without_a_request_is_refused_in_words(asha):
    late = open_on("SLX-1")
    with pytest.raises(ConflictError, match="No request of the recipient is open on SLX-1"):
        resolve_as_staff(asha, [see(late)], Resolution(resolution_code="agreed"), at(1))
    assert (read_results(late), StaffAction.objects.count()) == ([""], 0)


def test_only_a_supervisor_assigns_and_only_to_those_who_may_work(asha, ravi, meera):
    incident, viewer = open_on("SLX-1"), enter("vera", Role.VIEWER)
    with pytest.raises(RoleRefusedError):
        assign_as_staff(asha, [see(incident)], ravi.actor, at(1))
    with pytest.raises(UnknownError):
        assign_as_staff(meera, [see(incident)], viewer.actor, at(1))
    assign_as_staff(meera, [see(incident)], ravi.actor, at(1))
    assert read_fields(incident, "owner", "acknowledged_by") == (ravi.actor, "")
    with pytest.raises(ConflictError, match="meera assigned it to ravi"):
        acknowledge_as_staff(asha, [see(incident)], at(2))


@pytest.mark.parametrize(
    ("snooze", "now", "end"),
    [
        ("15_min", datetime(2026, 11, 22, 7, 0, tzinfo=UTC), datetime(2026, 11, 22, 7, 15, tzinfo=UTC)),
        ("1_h", datetime(2026, 11, 22, 7, 0, tzinfo=UTC), datetime(2026, 11, 22, 8, 0, tzinfo=UTC)),
        ("morning", datetime(2026, 11, 22, 2, 29, tzinfo=UTC), datetime(2026, 11, 22, 2, 30, tzinfo=UTC)),
        ("morning", datetime(2026, 11, 22, 2, 30, tzinfo=UTC), datetime(2026, 11, 23, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_snooze_ends_after_a_while_or_at_the_next_eight_in_the_morning_in_india(snooze, now, end):
    assert find_snooze_end(snooze, now) == end


def test_a_snooze_ends_early_when_something_more_severe_happens_to_the_shipment(asha, world):
    late = open_on("SLX-1")
    acknowledge_as_staff(asha, [see(late)], at(1))
    snooze_as_staff(asha, [see(late)], "1_h", at(1))
    alike = open_on("SLX-1", "on_hold", 2)
    assert [read_fields(row, "snoozed_until", "owner") for row in (late, alike)] == [
        (at(61), asha.actor),
        (at(61), asha.actor),
    ]
    worse = open_on("SLX-1", "attempt_failed", 3)
    assert [read_fields(row, "snoozed_until", "owner") for row in (late, alike, worse)] == [
        (None, asha.actor)
    ] * 3
    assert [row["id"] for row in world.live.fleet[-1]["incidents"]] == [worse.pk, late.pk, alike.pk]


def test_a_resolved_incident_is_reopened_unless_the_same_was_reported_again(asha):
    incident = open_on("SLX-1")
    with pytest.raises(ConflictError, match="is open"):
        reopen_as_staff(asha, [see(incident)], at(1))
    resolve_as_staff(asha, [see(incident)], RESOLUTION, at(2))
    reopen_as_staff(asha, [see(incident)], at(3))
    assert read_fields(incident, "resolved_at", "resolution_code", "note") == (None, "", "")
    resolve_as_staff(asha, [see(incident)], RESOLUTION, at(4))
    open_on("SLX-1", minute=5)
    with pytest.raises(ConflictError, match="reported of SLX-1 again"):
        reopen_as_staff(asha, [see(incident)], at(6))


def test_a_note_is_masked_and_leaves_the_version(asha):
    incident = open_on("SLX-1")
    note_as_staff(asha, incident.pk, "called 98450 12345, nobody there", at(1))
    note = IncidentNote.objects.get()
    assert (note.actor, note.at, find_secrets(note.text)) == (asha.actor, at(1), [])
    assert "nobody there" in note.text
    assert read_fields(incident, "version") == (1,)
    with pytest.raises(UnknownError):
        note_as_staff(asha, incident.pk, "  ", at(1))


def test_above_twenty_cards_a_supervisor_is_needed_and_above_two_hundred_nobody_may(asha, meera):
    incidents = [open_on(f"SLX-{number}") for number in range(FREE_CARDS + 1)]
    cards = [see(incident) for incident in incidents]
    with pytest.raises(RoleRefusedError, match="supervisor"):
        snooze_as_staff(asha, cards, "1_h", at(1))
    assert (Incident.objects.exclude(snoozed_until=None).count(), StaffAction.objects.count()) == (0, 0)
    assert snooze_as_staff(asha, cards[:FREE_CARDS], "1_h", at(1)).cards == FREE_CARDS
    cards = [see(incident) for incident in incidents]
    assert snooze_as_staff(meera, cards, "1_h", at(2)).cards == FREE_CARDS + 1
    assert StaffAction.objects.count() == 2 * FREE_CARDS + 1
    with pytest.raises(ConflictError, match="at most 200"):
        acknowledge_as_staff(meera, [[Seen(1)]] * (MAX_CARDS + 1), at(3))
    with pytest.raises(ConflictError, match="No incident was selected"):
        acknowledge_as_staff(meera, [], at(3))


def test_a_viewer_does_nothing(asha):
    incident, viewer = open_on("SLX-1"), enter("vera", Role.VIEWER)
    card = see(incident)
    for act in (
        lambda: acknowledge_as_staff(viewer, [card], at(1)),
        lambda: snooze_as_staff(viewer, [card], "1_h", at(1)),
        lambda: resolve_as_staff(viewer, [card], RESOLUTION, at(1)),
        lambda: reopen_as_staff(viewer, [card], at(1)),
        lambda: note_as_staff(viewer, incident.pk, "seen", at(1)),
        lambda: assign_as_staff(viewer, [card], asha.actor, at(1)),
    ):
        with pytest.raises(RoleRefusedError):
            act()
    assert (see(incident), StaffAction.objects.count()) == (card, 0)
