"""API keys: shown once, stored as a hash, refused once they end, limited to their scopes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.tracking.api.document import check_answer
from tests.tracking.stories import Api
from tracking.api.keys import issue_key, verify_key
from tracking.models import ApiKey

pytestmark = pytest.mark.django_db
PATH = "/api/v1/shipments/nobody"


def test_a_key_is_kept_as_a_hash_only(partner):
    key = issue_key(partner)
    prefix, mode, key_id, secret = key.split("_", 3)
    kept = ApiKey.objects.get()
    assert (prefix, mode, key_id, len(key_id), len(secret)) == ("slx", "live", kept.key_id, 8, 43)
    assert not any(secret in str(value) for value in vars(kept).values())


def test_a_key_is_verified_whole(partner):
    now, key = timezone.now(), issue_key(partner, livemode=False)
    assert verify_key(key, now) == ApiKey.objects.get()
    changed = [
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        key.replace("_test_", "_live_"),
        key.replace("slx", "xls"),
        key.rpartition("_")[0],
        key + "x",
        "slx_test_" + "0" * 8 + "_" + "0" * 43,
        "",
    ]
    assert [verify_key(text, now) for text in changed] == [None] * len(changed)


def test_a_revoked_or_expired_key_stops_at_once(partner):
    now, key = timezone.now(), issue_key(partner)
    for field in ("revoked_at", "expires_at"):
        ApiKey.objects.update(revoked_at=None, expires_at=None)
        ApiKey.objects.update(**{field: now})
        assert verify_key(key, now - timedelta(seconds=1)) is not None
        assert verify_key(key, now) is None


def test_a_key_with_an_unknown_scope_is_not_issued(partner):
    with pytest.raises(ValueError, match="no such scope: shipments:steal"):
        issue_key(partner, scopes=["shipments:steal"])


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer slx_live_x", "Basic YTpi", "Bearer ü"])
def test_without_a_valid_key_the_caller_is_asked_for_one(client, world, header):
    response = client.get(PATH, headers={"Authorization": header} if header else {})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="SwiftLogix API"')
    assert check_answer(response)["code"] == "unauthorized"


def test_without_the_scope_the_key_is_refused(client, world, partner):
    response = Api(client, issue_key(partner, scopes=["events:write"])).get(PATH)
    assert (response.status_code, check_answer(response)["code"]) == (403, "missing_scope")


def test_the_last_use_is_kept_once_a_minute(client, world, partner, time_machine):
    api = Api(client, issue_key(partner))
    seen = []
    for moment in ("2026-11-22T07:00:00Z", "2026-11-22T07:00:59Z", "2026-11-22T07:01:00Z"):
        time_machine.move_to(moment, tick=False)
        assert api.get(PATH).status_code == 404
        seen.append(ApiKey.objects.get().last_used_at.isoformat())
    assert seen == ["2026-11-22T07:00:00+00:00"] * 2 + ["2026-11-22T07:01:00+00:00"]
