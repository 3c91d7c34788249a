"""Form that resolves a card: what it ends, an answer to each request, and what it says of overtaken ones."""

import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from tests.events import at
from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tests.tracking.pages.queue_pages import HTMX, ask, find_card, open_on, post
from tests.tracking.pages.visible_text import read_text
from tracking.models import Incident, Shipment, StaffAction
from tracking.services.requests.bodies import RESOLUTION_CODES
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]


@pytest.fixture
def requests_card(client, time_machine):
    """A card with two requests of the recipient and a delay, by code or request; it is 14:30 in India."""
    time_machine.move_to(at(120), tick=False)
    client.force_login(make_staff(Role.OPERATOR, "asha"))
    book(None, shipment_id="SLX-1")
    day = "Another day requested: Mon 23 Nov. Ring twice"
    return {
        "delayed": open_on("SLX-1", shipment_id="SLX-1"),
        "other_day": ask(day, "other_day"),
        "neighbour": ask("Asked to leave it with a neighbour: Meera, flat 12", "neighbour"),
    }


def read_form(client, path="/ops/incidents/") -> str:
    page = client.get(path).content.decode()
    return page[page.index("data-resolve") : page.index("</form>", page.index("data-resolve"))]


def read_fields(form: str) -> list[tuple[str, str]]:
    """List the labels of the form with the names of their fields; boxes with their values."""
    found = re.findall(r"<label>(.*?)</label>", form, re.DOTALL)
    texts = [re.sub(r"<select.*|<input[^>]*>|<[^>]*>", "", label, flags=re.DOTALL).strip() for label in found]
    names = [re.search(r'(?:name="incident" value|name)="([^"]+)"', label)[1] for label in found]
    return list(zip(texts, names, strict=True))


def test_the_form_of_a_card_names_what_it_ends_and_asks_for_an_answer_to_each_request(client, requests_card):
    late, day, neighbour = (f"{row.pk}.1" for row in requests_card.values())
    form = read_form(client)
    assert read_fields(form) == [
        ("Another day requested: Mon 23 Nov. Ring twice", day),
        ("Asked to leave it with a neighbour: Meera, flat 12", neighbour),
        ("Delayed", late),
        ("Answer: Another day requested", f"answer.{day[:-2]}"),
        ("New day, if agreed or rescheduled", f"day.{day[:-2]}"),
        ("Answer: Asked to leave it with a neighbour", f"answer.{neighbour[:-2]}"),
        ("New day, if rescheduled", f"day.{neighbour[:-2]}"),
        ("Result of the other", "resolution"),
        ("New day, if rescheduled", "day"),
        ("Note", "note"),
    ]
    assert form.count(" checked>") == 3
    # The words are those of the recipient's page, in English.
    reads = dict(re.findall(r'value="(\w+)" data-reads="([^"]+)"', form.split('name="answer.')[2]))
    assert (len(reads), reads["agreed"], reads["too_late"]) == (
        len(RESOLUTION_CODES),
        "Agreed: we have passed it on to the driver.",
        "Not possible: it is too late to change this delivery.",
    )
    others = form.split('name="resolution"')[1]
    assert ("too_late" in others, "rescheduled" in others) == (False, True)
    assert read_fields(read_form(client, "/ops/shipments/SLX-1")) == read_fields(form)


def test_without_a_script_the_ticked_incidents_are_resolved_and_the_notice_says_which(client, requests_card):
    late, day, neighbour = requests_card.values()
    fields = {f"answer.{day.pk}": "agreed", f"answer.{neighbour.pk}": "", "resolution": "other"}
    ticked = [f"{day.pk}.1", f"{late.pk}.1"]
    answer = post(client, "resolve", incident=ticked, **fields)
    page = client.get(answer["Location"]).content.decode()
    assert "Resolved: delayed, another day requested, SLX-1." in page
    results = [Incident.objects.get(pk=row.pk).resolution_code for row in (late, day, neighbour)]
    assert results == ["other", "agreed", ""]
    # The rest of the card is one request, which needs an answer and nothing else.
    assert [name for _, name in read_fields(read_form(client))] == [
        f"answer.{neighbour.pk}",
        f"day.{neighbour.pk}",
        "note",
    ]


def read_days(form: str) -> tuple[list[str], list[str], str]:
    """Return the days of the form, what is chosen with its words, and what is said of the day asked for."""
    field = form[form.index('name="day.') : form.index("</label>", form.index('name="day.'))]
    days = re.findall(r'<option value="([\d-]+)"', field)
    chosen = re.findall(r'data-reads="([^"]+)" selected', field)
    return days, chosen, "".join(re.findall(r"<span>(.*?)</span>", field))


def test_the_new_day_is_one_that_the_page_offers_and_the_one_asked_for_is_chosen(
    client, requests_card, time_machine
):
    # Nothing is delivered on a holiday.
    days = [f"2026-11-{day}" for day in (23, 25, 26, 27, 28, 29)]
    assert read_days(read_form(client)) == (days, ["Agreed: the new day is Mon 23 Nov."], "")
    time_machine.move_to(at(24 * 60), tick=False)
    client.force_login(User.objects.get())
    later = [f"2026-11-{day}" for day in (25, 26, 27, 28, 29, 30)]
    assert read_days(read_form(client)) == (later, [], "It is too late for the day asked for, Mon 23 Nov.")


@pytest.mark.parametrize(
    ("sent", "agreed", "status"), [("2026-11-26", date(2026, 11, 26), 302), ("", None, 409)]
)
def test_the_chosen_day_is_agreed_and_none_is_refused_in_words(client, requests_card, sent, agreed, status):
    day = requests_card["other_day"]
    fields = {f"answer.{day.pk}": "agreed", f"day.{day.pk}": sent}
    answer = post(client, "resolve", incident=f"{day.pk}.1", **fields)
    assert (answer.status_code, Incident.objects.get(pk=day.pk).agreed_day) == (status, agreed)
    assert ("Choose the new day first." in answer.content.decode()) == (not sent)


@pytest.mark.parametrize(
    ("sent", "moved", "status"), [("2026-11-26", date(2026, 11, 26), 302), ("", None, 409)]
)
def test_a_problem_is_rescheduled_to_a_day_and_none_is_refused_in_words(
    client, requests_card, sent, moved, status
):
    late = requests_card["delayed"]
    answer = post(client, "resolve", incident=f"{late.pk}.1", resolution="rescheduled", day=sent)
    assert (answer.status_code, Incident.objects.get(pk=late.pk).agreed_day) == (status, moved)
    assert ("Choose the new day first." in answer.content.decode()) == (not sent)


def test_nothing_is_rescheduled_once_no_delivery_follows_or_for_several_cards_at_once(client, requests_card):
    Shipment.objects.update(status="returned")
    page = client.get("/ops/incidents/").content.decode()
    assert ("rescheduled" in read_form(client), 'value="rescheduled"' in page) == (False, False)


@pytest.mark.parametrize(
    ("answers", "result", "refused"),
    [
        (("", "agreed"), "other", "Choose an answer to each request first."),
        (("agreed", "agreed"), "", "Choose a result first."),
    ],
)
def test_a_form_without_a_result_for_all_it_ends_is_refused_in_words(
    client, requests_card, answers, result, refused
):
    late, day, neighbour = requests_card.values()
    fields = dict(zip((f"answer.{day.pk}", f"answer.{neighbour.pk}"), answers, strict=True))
    ticked = [f"{row.pk}.1" for row in (late, day, neighbour)]
    answer = post(client, "resolve", incident=ticked, resolution=result, **fields)
    assert (answer.status_code, refused in answer.content.decode()) == (409, True)
    assert "No incident was selected." in post(client, "resolve", resolution="other").content.decode()
    assert StaffAction.objects.count() == 0


def test_one_answer_for_selected_cards_says_what_it_leaves_open(client, requests_card):
    card = find_card(client.get("/ops/incidents/").content.decode())
    page = client.get(post(client, "resolve", card=card, resolution="too_late")["Location"]).content.decode()
    assert (
        "Resolved: another day requested, asked to leave it with a neighbour, SLX-1. "
        "Left open: 1 incident. A request needs an answer of its own."
    ) in page


def test_what_to_do_has_the_steps_of_each_type_on_the_card_requests_first(client, requests_card):
    page = client.get("/ops/incidents/").content.decode()
    (playbook,) = re.findall(r'class="playbook".*?</details>', page, re.DOTALL)
    assert re.findall(r"<p>(.*?)</p><ol><li>(?:<a[^>]*>)?([^<]*)", playbook) == [
        ("Request of the recipient", "Read the request of the recipient"),
        ("Delayed", "Check where the shipment is and what holds it up"),
    ]


def test_no_subject_of_a_request_is_shown_to_people(client, requests_card):
    day, neighbour = requests_card["other_day"], requests_card["neighbour"]
    client.force_login(make_staff(Role.SUPERVISOR, "meera"))
    noted = post(client, "note", card=f"{day.pk}.1", note="rang", next="/ops/incidents/")
    pages = [client.get(noted["Location"])]
    pages.append(post(client, "resolve", incident=f"{day.pk}.1", **{f"answer.{day.pk}": "agreed"}))
    pages.append(post(client, "resolve", incident=f"{day.pk}.2", **{f"answer.{day.pk}": "agreed"}))
    pages += [client.get(path) for path in ("/ops/", "/ops/audit/", "/ops/shipments/SLX-1")]
    pages.append(client.post("/ops/search/", {"q": f"incident {neighbour.pk}"}, headers=HTMX))
    shown = [page.content.decode() for page in pages]
    assert ["SLX-1/" in read_text(page) for page in shown] == [False] * len(shown)
    assert [
        "Noted on SLX-1." in shown[0],
        "The incident of SLX-1 is resolved already" in shown[2],
        "SLX-1 · Asked to leave it with a neighbour" in shown[-1],
    ] == [True] * 3


@pytest.mark.parametrize(
    ("status", "since", "said", "answers_to_note"),
    [
        ("delivered", datetime(2026, 11, 22, 8, 32, tzinfo=UTC), "Delivered at 14:02, after", "too_late"),
        # A message can still be sent after the delivery.
        (
            "delivered",
            datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
            "Delivered on Sat 21 Nov, 11:30, before",
            "agreed",
        ),
        (
            "returned",
            datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
            "Returned to the sender on Sat 21 Nov, 11:30, before",
            "too_late",
        ),
    ],
)
def test_a_request_that_the_end_of_the_journey_has_overtaken_says_so_and_offers_too_late_first(
    client, requests_card, status, since, said, answers_to_note
):
    message = ask("Message from the recipient: Ring", "note")
    Shipment.objects.update(status=status, status_at=since)
    for path in ("/ops/incidents/", "/ops/shipments/SLX-1"):
        page = client.get(path).content.decode()
        assert page.count(f"{said} this was asked") == (3 if answers_to_note == "too_late" else 2)
        fields = read_form(client, path).split('name="answer.')[1:]
        firsts = {field.split('"')[0]: re.findall(r'value="(\w+)"', field)[0] for field in fields}
        assert (firsts[str(requests_card["other_day"].pk)], firsts[str(message.pk)]) == (
            "too_late",
            answers_to_note,
        )
