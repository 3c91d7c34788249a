"""Archive of ended shipments: all events are kept, verified, and answer `as_of` after their rows are gone."""

import io
import json

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from tests.events import at, make_event
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.events import Booking
from tracking.models import Shipment
from tracking.sealing import SealedError
from tracking.services.reading.archives import name_archive, read_archive, write_lines
from tracking.services.recording.archive import Archived, archive_ended, verify_archive
from workers.line.record import record_events

pytestmark = pytest.mark.django_db

DAY = 24 * 60
YEAR = at(0).year


@pytest.fixture
def ended(world, files) -> Shipment:
    """Return a shipment that was delivered on its second day."""
    for minutes, status in ((0, "created"), (DAY, "in_transit"), (2 * DAY, "delivered")):
        event = make_event(minutes, status=status, source="api", booking=Booking(), partner_id="prt_1")
        record_events(world.store, world.store.read_states(["123"]), [event], at(minutes))
    return Shipment.objects.create(shipment_id="123", status="delivered", status_at=at(2 * DAY))


def test_a_shipment_is_archived_once_a_week_after_its_end_with_all_that_was_recorded(world, ended):
    assert archive_ended(world.store, at(9 * DAY)) == Archived()
    assert archive_ended(world.store, at(11 * DAY)) == Archived(verified=1)
    archived = read_archive("123", YEAR)
    assert archived is not None
    assert archived == (world.store.read_state("123"), tuple(world.store.read_timeline("123")))
    assert archive_ended(world.store, at(12 * DAY)) == Archived()
    assert verify_archive(YEAR) == Archived(verified=1)


def test_the_file_shows_nothing_without_our_key(world, ended, settings):
    archive_ended(world.store, at(11 * DAY))
    with default_storage.open(name_archive("123", YEAR)) as file:
        assert b"delivered" not in file.read()
    settings.RECIPIENT_KEYS = ["another"]
    with pytest.raises(SealedError):
        read_archive("123", YEAR)


def test_a_file_that_is_not_what_was_recorded_is_damaged_and_written_again(world, ended):
    archive_ended(world.store, at(11 * DAY))
    archived = read_archive("123", YEAR)
    assert archived is not None
    name = name_archive("123", YEAR)
    default_storage.delete(name)
    assert verify_archive(YEAR) == Archived(damaged=("123",))
    with default_storage.open(name, "wb") as file:
        file.write(write_lines(archived._replace(events=())))
    assert verify_archive(YEAR) == Archived(damaged=("123",))


def test_a_shipment_whose_rows_have_expired_before_counts_as_gone(ended):
    assert archive_ended(MemoryShipmentStore(), at(40 * DAY)) == Archived(gone=1)


def test_the_command_says_what_it_found_by_its_code(world, ended):
    Shipment.objects.update(status_at=at(-20 * DAY))
    out = io.StringIO()
    call_command("archive", "write", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"verified": 1, "gone": 0, "damaged": []}
    default_storage.delete(name_archive("123", YEAR))
    with pytest.raises(SystemExit, match="1"):
        call_command("archive", "verify", "--year", str(YEAR), stdout=out)
    with pytest.raises(CommandError, match="verify needs --year"):
        call_command("archive", "verify")
