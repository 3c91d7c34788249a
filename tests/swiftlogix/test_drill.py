"""Drill of a restore: from backups alone all answers are the same, and what differs is found."""

import io
import itertools
import json
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command

from swiftlogix.database_copies import digest_rows, reading_from, restored_copy
from swiftlogix.management.commands.drill import run_drill
from tests.events import make_event
from tests.waiting import wait_for
from tracking.adapters.aws import build_client
from tracking.adapters.backups import ObjectBackups, TableBackups
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.files import BucketStorage
from tracking.models import FeedEntry, Hub, Incident, Partner, Shipment
from tracking.services.operations.list_digest import digest_lists
from tracking.services.reading.answer_digest import digest_answers
from workers.line.record import record_events

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
numbers = itertools.count()


@pytest.fixture
def table(local_aws) -> str:
    return settings.AWS_NAMES["tracking_table"]


@pytest.fixture
def files(local_aws) -> BucketStorage:
    return BucketStorage(**settings.STORAGES["default"]["OPTIONS"])


def record_journeys(table: str) -> list[str]:
    """Record three shipments on their way; return their ids."""
    store = DynamoShipmentStore(table)
    ids = [f"drill-{next(numbers)}-{time.time_ns()}" for _ in range(3)]
    for shipment_id in ids:
        events = [
            make_event(minutes, shipment_id=shipment_id, lat=12.97, lon=77.59, status=status)
            for minutes, status in enumerate(("picked_up", "in_transit", "out_for_delivery"))
        ]
        record_events(store, {}, events, NOW)
    return ids


def digest(table: str, now: datetime = NOW):
    return digest_answers(DynamoShipmentStore(table), DynamoVehicleStore(table), now)


def test_all_answers_are_the_same_when_the_table_is_lost_and_only_its_backup_is_left(table):
    ids = record_journeys(table)
    before = digest(table)
    backups = TableBackups(pause_s=0.0)
    backups.restore(table, "restored")
    for shipment_id in ids:
        delete_rows(table, shipment_id)
    assert digest(table) != before
    assert digest("restored") == before
    backups.drop("restored")


def delete_rows(table: str, shipment_id: str) -> None:
    client = build_client("dynamodb")
    rows = client.query(
        TableName=table,
        KeyConditionExpression="shipment_id = :id",
        ExpressionAttributeValues={":id": {"S": shipment_id}},
    )["Items"]
    for row in rows:
        key = {name: row[name] for name in ("shipment_id", "timestamp")}
        client.delete_item(TableName=table, Key=key)


def test_a_file_is_put_back_as_it_was_before_it_was_deleted_or_overwritten(files):
    backups = ObjectBackups(settings.AWS_NAMES["bucket"])
    for name in ("proofs/deleted", "proofs/overwritten"):
        files.save(name, ContentFile(b"picture"))
    moment = max(one["LastModified"] for one in list_objects("proofs/"))
    wait_for_the_next_second(moment)
    files.delete("proofs/deleted")
    files.save("proofs/overwritten", ContentFile(b"noise"))
    then = {one.key: one for one in backups.list_at(moment) if one.key.startswith("proofs/")}
    assert {key: backups.read(one) for key, one in then.items()} == dict.fromkeys(then, b"picture")
    for version in then.values():
        backups.put_back(version)
    assert [backups.read_newest(name) for name in ("proofs/deleted", "proofs/overwritten")] == [
        b"picture"
    ] * 2
    for name in then:
        files.delete(name)


def list_objects(prefix: str) -> list[dict]:
    listed = build_client("s3").list_objects_v2(Bucket=settings.AWS_NAMES["bucket"], Prefix=prefix)
    return listed["Contents"]


def wait_for_the_next_second(moment: datetime) -> None:
    """Versions have times in whole seconds."""
    wait_for(lambda: datetime.now(UTC).timestamp() > moment.timestamp() + 1, what="the next second")


def test_the_command_restores_everything_says_that_it_is_the_same_and_leaves_nothing(table, files):
    record_journeys(table)
    files.save("proofs/door", ContentFile(b"picture"))
    fill_lists()
    out = io.StringIO()
    # Answers depend on the time: those of other tests' shipments too, which are in the table.
    with time_machine.travel(datetime.now(UTC), tick=False):
        call_command("drill", "restore", "--json", stdout=out)
        expected = digest(table, datetime.now(UTC))
    result = json.loads(out.getvalue())
    assert result["same"]
    assert result["answers"]["restored"]["shipments"] >= 3
    assert result["answers"]["restored"]["sha256"] == expected.sha256
    assert result["files"]["objects"] >= 1
    restored = result["database"]["restored"]
    assert (restored["lists"]["shipments"], restored["lists"]["incidents"]) == (1, 1)
    assert restored["rows"]["rows"] >= 4
    assert f"{table}-drill" not in build_client("dynamodb").list_tables()["TableNames"]
    files.delete("proofs/door")


def fill_lists() -> None:
    """Give the database a hub, a shipment of a partner, an incident, and an entry of the partner's feed."""
    Hub.objects.create(hub_id="BLR-9", name="Bengaluru", lat=12.9, lon=77.5)
    partner = Partner.objects.create(partner_id="acme", name="Acme", feed_number=1)
    Shipment.objects.create(shipment_id="listed", partner=partner, status="in_transit", status_at=NOW)
    FeedEntry.objects.create(
        partner=partner, number=1, body="{}", livemode=True, created_at=datetime.now(UTC)
    )
    Incident.objects.create(code="lost_suspected", severity="high", opened_at=NOW, due_at=NOW)


@pytest.mark.parametrize(
    ("damage", "digests"),
    [
        (lambda: Shipment.objects.update(status="delivered"), {"rows", "lists"}),
        (lambda: FeedEntry.objects.all().delete(), {"rows", "lists"}),
        (lambda: Incident.objects.all().delete(), {"rows", "lists"}),
        (lambda: Hub.objects.update(name="Elsewhere"), {"rows"}),
    ],
    ids=["shipment", "entry", "incident", "hub"],
)
def test_a_restored_database_lists_what_was_there_and_shows_what_has_changed_since(tmp_path, damage, digests):
    fill_lists()
    now = datetime.now(UTC)
    before = {"rows": digest_rows(), "lists": digest_lists(now)}
    with restored_copy(tmp_path) as copy:
        damage()
        with reading_from(copy):
            restored = {"rows": digest_rows(), "lists": digest_lists(now)}
        after = {"rows": digest_rows(), "lists": digest_lists(now)}
    assert restored == before
    assert {name for name in after if after[name] != before[name]} == digests


def test_the_drill_finds_a_file_that_has_changed_since(table, files):
    files.save("proofs/door", ContentFile(b"picture"))
    moment = datetime.now(UTC)
    wait_for_the_next_second(moment)
    files.save("proofs/door", ContentFile(b"noise"))
    result = run_drill(moment)
    assert (result["same"], result["files"]["differing"]) == (False, 1)
    files.delete("proofs/door")
