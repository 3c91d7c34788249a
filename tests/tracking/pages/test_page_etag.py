"""Conditional answers of the customer's page: equal ETags mean equal pages, and a 304 renders nothing."""

import pytest
from django.test.signals import template_rendered

from tests.events import at, make_event
from tests.tracking.pages.bookings import book
from tests.tracking.stories import record_timeline
from tracking.models import Hub

pytestmark = pytest.mark.usefixtures("plain_static")


@pytest.fixture
def page(world, db, time_machine):
    """Path of the page of a parcel that is in transit; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    _, state = record_timeline(world.store, make_event(0, status="in_transit", lat=13.0, lon=77.4))
    return f"/t/{book(state)}"


@pytest.fixture
def rendered():
    """Names of the templates that were rendered."""
    names = []

    def note(template, **_):
        names.append(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def ask(client, path, etag=""):
    return client.get(path, headers={"If-None-Match": etag})


def test_a_page_that_the_browser_has_is_not_rendered_again(client, page, rendered):
    first = ask(client, page)
    assert "tracking/shipment.html" in rendered
    rendered.clear()
    again = ask(client, page, first["ETag"])
    assert (again.status_code, again.content, rendered) == (304, b"", [])
    kept = ("ETag", "Cache-Control", "Referrer-Policy", "X-Robots-Tag")
    assert [again[name] for name in kept] == [first[name] for name in kept]


@pytest.mark.parametrize("minute", [10, 11, 69, 71, 60 * 24])
def test_a_page_has_a_new_etag_exactly_when_its_text_changes_with_time(client, page, time_machine, minute):
    first = ask(client, page)
    time_machine.move_to(at(minute), tick=False)
    later = ask(client, page)
    assert (later["ETag"] == first["ETag"]) is (later.content == first.content)
    assert ask(client, page, first["ETag"]).status_code == (304 if later.content == first.content else 200)


def test_a_new_version_and_a_renamed_hub_give_a_new_etag(client, page, world):
    first = ask(client, page)["ETag"]
    Hub.objects.filter(hub_id="MYS-HUB").update(name="Mysuru Ring Road Hub")
    second = ask(client, page, first)
    record_timeline(world.store, make_event(1, status="out_for_delivery"))
    third = ask(client, page, second["ETag"])
    assert [second.status_code, third.status_code] == [200, 200]
    assert len({first, second["ETag"], third["ETag"]}) == 3
