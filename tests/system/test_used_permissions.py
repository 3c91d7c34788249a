"""Calls of the running roles are within the policies of the template, and each grant is used or excused."""

import json
import os
import time
import urllib.request

import pytest

from laboratory.local.emulator import CALLS_PATH
from tests.deploy.policies import ROLES, find_missing, find_unused, list_grants
from tests.distribution import heavy
from tests.opt_in import only_with
from tests.waiting import wait_for

pytestmark = [pytest.mark.slow, heavy]

# Grants that the tests of this folder do not use, with the reason why they are there.
EXCUSED: dict[str, str] = {}


def read_actions(product) -> set[str]:
    """Return what the roles have called since the start, as `role action resource key`."""
    headers = {"Authorization": f"Credential={product.demo['aws_access_key']}/"}
    request = urllib.request.Request(product.demo["aws_endpoint"] + CALLS_PATH, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return {call for call in json.load(answer)["actions"] if call.split()[0] in ROLES}


def use_the_product(product) -> None:
    """Book, register a van, report by the API and by a device, and send noise; wait for what follows."""
    booked, van = product.book()["shipment_id"], f"VAN-{time.time_ns()}"
    assert product.call("POST", "/api/v1/vehicles", {"vehicle_id": van}).status == 201
    report = {"shipment_id": booked, "lat": 12.93, "lon": 77.62, "status": "picked_up"}
    assert product.call("POST", "/api/v1/events", report).status == 202
    product.put({"vehicle_id": van, "lat": 12.9716, "lon": 77.5946}, os.urandom(500_000))
    product.put({"shipment_id": booked, "lat": 12.93, "lon": 77.62, "status": "out_for_delivery"})
    wait_for(lambda: "queues sqs:DeleteMessage notify" in read_actions(product), what="the messages")
    wait_for(lambda: "shards s3:PutObject files/quarantine/" in read_actions(product), what="the quarantine")


@only_with("PERMISSIONS", "PERMISSIONS=1 pytest tests/system/test_used_permissions.py")
def test_the_roles_call_what_their_policies_grant_and_no_grant_is_without_use_or_reason(product):
    use_the_product(product)
    recorded, grants = read_actions(product), list_grants()
    assert find_missing(recorded, grants) == []
    assert set(find_unused(recorded, grants)) - EXCUSED.keys() == set()


def test_a_call_without_a_grant_and_a_grant_without_a_call_are_found():
    grants = list_grants()
    calls = [
        "web dynamodb:PutItem tracking 123",
        "beat sqs:SendMessage notify",
        "web kinesis:PutRecords scans",
    ]
    assert find_missing(calls, grants) == calls[1::-1]
    assert "web kinesis:PutRecord scans" in find_unused(calls, grants)
    assert "web kinesis:PutRecords scans" not in find_unused(calls, grants)
