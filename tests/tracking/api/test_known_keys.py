"""Known keys: read once, forgotten at once when they change here, and after seconds when elsewhere."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.tracking.stories import Api
from tests.workers.leases.clocks import Clock
from tracking.api.keys import issue_key, revoke_key, rotate_key
from tracking.api.known_keys import KNOWN_FOR_S, KnownKeys, known_keys
from tracking.models import ApiKey

pytestmark = pytest.mark.django_db
PATH = "/api/v1/shipments/nobody"
OF_READ = 'SELECT "tracking_shipment"'


@pytest.fixture
def key(partner):
    issue_key(partner)
    return ApiKey.objects.get()


def change_elsewhere(key, **fields):
    """Update the row as another process does: nothing in this one notices it."""
    with connection.cursor() as cursor:
        for name, value in fields.items():
            cursor.execute(f"UPDATE tracking_apikey SET {name} = %s WHERE id = %s", [value, key.pk])


def test_a_key_is_read_once_with_its_partner(key, partner, django_assert_num_queries):
    known = KnownKeys()
    with django_assert_num_queries(1):
        found = [known.find(key.key_id) for _ in range(3)]
        assert [(one, one.partner) for one in found] == [(key, partner)] * 3


def test_an_unknown_id_is_looked_up_each_time(key, django_assert_num_queries):
    known = KnownKeys()
    with django_assert_num_queries(2):
        assert [known.find("nobody00") for _ in range(2)] == [None, None]


def test_a_key_that_was_revoked_elsewhere_stops_within_thirty_seconds(key):
    clock = Clock()
    known = KnownKeys(clock)
    known.find(key.key_id)
    change_elsewhere(key, revoked_at=timezone.now())
    clock.now += KNOWN_FOR_S - 0.1
    assert known.find(key.key_id).revoked_at is None
    clock.now += 0.1
    assert known.find(key.key_id).revoked_at is not None
    assert KNOWN_FOR_S <= 30


def save(key, now):
    key.expires_at = now
    key.save()


CHANGES = {
    "revoked": revoke_key,
    "rotated": lambda key, now: rotate_key(key, now, timedelta()),
    "saved": save,
    "updated": lambda _key, now: ApiKey.objects.update(expires_at=now),
    "deleted": lambda key, _now: key.delete(),
    "partner deleted": lambda key, _now: key.partner.delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_key_that_changes_in_this_process_is_refused_at_the_next_request(client, world, partner, change):
    api = Api(client, issue_key(partner))
    assert api.get(PATH).status_code == 404
    change(ApiKey.objects.get(), timezone.now())
    assert api.get(PATH).status_code == 401


def test_a_request_with_a_known_key_asks_the_database_only_for_what_it_reads(
    client, world, partner, django_assert_num_queries
):
    api = Api(client, issue_key(partner))
    api.get(PATH)
    with django_assert_num_queries(1) as queries:
        assert api.get(PATH).status_code == 404
    assert queries.captured_queries[0]["sql"].startswith(OF_READ)


def test_a_key_that_changes_while_it_is_read_is_not_kept(key):
    known = KnownKeys()

    class Reading(KnownKeys):
        """Keys that are all forgotten while one is read."""

        def find(self, key_id):
            with connection.execute_wrapper(self._forget_first):
                return super().find(key_id)

        def _forget_first(self, execute, *statement):
            self.forget_all()
            return execute(*statement)

    known = Reading()
    assert known.find(key.key_id) == key
    change_elsewhere(key, limit_factor=7)
    assert known.find(key.key_id).limit_factor == 7


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_read_before_the_change_was_committed_is_forgotten_with_the_commit(partner):
    issue_key(partner)
    key = ApiKey.objects.get()
    with transaction.atomic():
        ApiKey.objects.update(limit_factor=7)
        # Another thread still reads the row as it was.
        known_keys._keys[key.key_id] = key
    assert known_keys.find(key.key_id).limit_factor == 7
