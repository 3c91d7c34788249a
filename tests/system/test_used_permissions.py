"""Calls of the running roles are within the policies of the template, and each grant is used or excused."""

import json
import urllib.request

import pytest

from laboratory.local.emulator import CALLS_PATH
from tests.deploy.policies import ROLES, find_missing, find_unused, list_grants
from tests.distribution import heavy

pytestmark = [pytest.mark.slow, heavy]

EXCUSED: dict[str, str] = {}


def read_actions(product) -> set[str]:
    """Return what the roles have called since the start, as `role action resource key`."""
    headers = {"Authorization": f"Credential={product.demo['aws_access_key']}/"}
    request = urllib.request.Request(product.demo["aws_endpoint"] + CALLS_PATH, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return {call for call in json.load(answer)["actions"] if call.split()[0] in ROLES}


def test_the_roles_call_what_their_policies_grant_and_no_grant_is_without_use_or_reason(product):
    recorded = read_actions(product)
    grants = list_grants()
    assert find_missing(recorded, grants) == []
    assert find_unused(recorded, grants) == sorted(EXCUSED)
