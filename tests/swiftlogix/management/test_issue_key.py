"""`manage.py issue_key`: a new or existing partner gets a key that works."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tracking.api.keys import SCOPES, verify_key
from tracking.models import Partner

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("issue_key", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_partner_is_created_with_its_first_key():
    shown = json.loads(run("prt_acme", "--name", "Acme", "--json"))
    key = verify_key(shown["key"], timezone.now())
    assert (key.partner, key.livemode, key.scopes) == (Partner.objects.get(name="Acme"), True, list(SCOPES))
    assert shown == {"partner_id": "prt_acme", "scopes": list(SCOPES), "key": shown["key"]}


def test_an_existing_partner_gets_another_key_with_only_the_given_scopes():
    Partner.objects.create(partner_id="prt_acme", name="Acme")
    table = run("prt_acme", "--test", "--scopes", "events:write")
    key = verify_key(table.split()[-1], timezone.now())
    assert (key.livemode, key.scopes) == (False, ["events:write"])


def test_an_unknown_partner_needs_a_name():
    with pytest.raises(CommandError, match="There is no partner prt_acme"):
        run("prt_acme")
