"""Calls of the running roles are within the policies of the template, and each grant is used or excused."""

import json
import os
import re
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from laboratory.local.emulator import CALLS_PATH
from tests.deploy.policies import ROLES, find_missing, find_unused, list_grants
from tests.distribution import heavy
from tests.opt_in import only_with
from tests.tracking.photos import draw_photo
from tests.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.slow, heavy]

REPLAY = "a record that can be read by now is replayed"
BY_HAND = "commands are run with what this role may"
NIGHTLY = "the archive is written at night"
MISSING = "S3 answers 404 about a missing object only with it"
# Grants that this test does not use, with the reason why they are there.
EXCUSED = {
    "queues dynamodb:DeleteItem leases quarantine:*": f"{BY_HAND}: quarantine replay",
    "queues dynamodb:DeleteItem tracking vehicle#*": "the run of a vehicle ends by its time",
    "queues dynamodb:GetItem leases quarantine:*": f"{BY_HAND}: quarantine replay",
    "queues dynamodb:PartiQLInsert tracking": f"{BY_HAND}: quarantine replay",
    "queues dynamodb:PartiQLUpdate tracking": "changes that a crash left pending are published",
    "queues dynamodb:UpdateItem tracking": f"{BY_HAND}: import_lanes, restore_vehicles",
    "queues events:PutEvents bus swiftlogix.tracking": "changes that a crash left pending are published",
    "queues kinesis:DecreaseStreamRetentionPeriod scans": "records that waited for two hours have been read",
    "queues kinesis:IncreaseStreamRetentionPeriod scans": "records wait for two hours",
    "queues s3:DeleteObject files/archive/": NIGHTLY,
    "queues s3:DeleteObject files/logos/": f"{BY_HAND}: set_looks",
    "queues s3:DeleteObject files/proofs/": "proofs are deleted with their recipient",
    "queues s3:GetObject files/archive/": f"{BY_HAND}: archive verify",
    "queues s3:GetObject files/quarantine/": f"{BY_HAND}: quarantine replay",
    "queues s3:ListBucket files": MISSING,
    "queues s3:PutObject files/archive/": NIGHTLY,
    "queues s3:PutObject files/logos/": f"{BY_HAND}: set_looks",
    "queues xray:PutTraceSegments *": "the collector beside the role calls it",
    "shards dynamodb:GetItem tracking": "a state is read again after a lost race",
    "shards xray:PutTraceSegments *": "the collector beside the role calls it",
    "web cloudwatch:DescribeAlarms *": "there is no CloudWatch on one machine",
    "web dynamodb:DeleteItem leases quarantine:*": REPLAY,
    "web dynamodb:PartiQLInsert tracking": REPLAY,
    "web dynamodb:PartiQLUpdate tracking": REPLAY,
    "web events:PutEvents bus swiftlogix.tracking": REPLAY,
    "web s3:GetObject files/archive/": "a timeline is read back after it has left the table",
    "web s3:GetObject files/logos/": "a partner has a logo",
    "web s3:ListBucket files": MISSING,
}
# Messages are hidden when a server is late, which a busy machine may be.
ON_A_BUSY_MACHINE = {"queues sqs:ChangeMessageVisibility queue"}
# A canary is sent every five minutes.
CALLED_WITHIN_S, LOOK_EVERY_S = 400.0, 0.5


def read_actions(product) -> set[str]:
    """Return what the roles have called since the start, as `role action resource key`."""
    headers = {"Authorization": f"Credential={product.demo['aws_access_key']}/"}
    request = urllib.request.Request(product.demo["aws_endpoint"] + CALLS_PATH, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return {call for call in json.load(answer)["actions"] if call.split()[0] in ROLES}


def use_the_product(product) -> None:
    """Do what partners, devices, operators and readers do; wait for what follows."""
    booked, van = product.book()["shipment_id"], f"VAN-{time.time_ns()}"
    assert product.call("POST", "/api/v1/vehicles", {"vehicle_id": van}).status == 201
    for status in ("picked_up", "in_transit"):
        report = {"shipment_id": booked, "lat": 12.93, "lon": 77.62, "status": status}
        assert product.call("POST", "/api/v1/events", report).status == 202
    product.put({"vehicle_id": van, "lat": 12.9716, "lon": 77.5946}, os.urandom(500_000))
    product.put({"shipment_id": booked, "lat": 12.93, "lon": 77.62, "status": "out_for_delivery"})
    wait_for_call(product, "queues sqs:DeleteMessage notify")
    wait_for_call(product, "shards s3:PutObject files/quarantine/")
    run_a_manifest(product, van, booked)
    add_a_proof(product, booked)
    operate(product, booked)
    late = {"shipment_id": booked, "lat": 12.9, "lon": 77.6, "timestamp": time.time() - 3600}
    product.put(late | {"status": "in_transit"}, {"shipment_id": booked, "status": "delivered"})
    path = f"/api/v1/shipments/{booked}"
    wait_for(lambda: product.call("GET", path).json["status"] == "delivered", what="the delivery")
    wait_for_call(product, "queues sqs:DeleteMessage learning")
    wait_for_call(product, "queues kinesis:PutRecords scans")


def wait_for_call(product, action: str) -> None:
    """Wait until a role has carried out an action."""
    wait_for(lambda: action in read_actions(product), CALLED_WITHIN_S, action, pause_s=LOOK_EVERY_S)


def run_a_manifest(product, van: str, shipment_id: str) -> None:
    """Begin the run of a van, and end it."""
    run = {
        "vehicle_id": van,
        "starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(),
        "stops": [{"shipment_id": shipment_id, "sequence": 1}],
    }
    made = product.call("POST", "/api/v1/manifests", run)
    assert made.status == 201
    assert product.call("POST", f"/api/v1/manifests/{made.json['manifest_id']}/close").status == 200


def add_a_proof(product, shipment_id: str) -> None:
    """Store a picture, and look at it."""
    form = {"kind": "photo", "file": SimpleUploadedFile("a.jpg", draw_photo(), "image/jpeg")}
    request = urllib.request.Request(
        f"{product.web}/api/v1/shipments/{shipment_id}/proofs",
        encode_multipart(BOUNDARY, form),
        {"Authorization": f"Bearer {product.demo['api_key']}", "Content-Type": MULTIPART_CONTENT},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as added:
        address = json.load(added)["url"]
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as picture:
        assert picture.status == 200


def operate(product, shipment_id: str) -> None:
    """Look at the pages of the console, and replay a record that cannot be read."""
    login = product.demo["logins"]["ops"]
    ops, cookies = f"{product.web}/ops", CookieJar()
    console = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def visit(page: str, form: dict[str, str] | None = None) -> str:
        """Return a page, or the answer to a form that is sent there."""
        token = {cookie.name: cookie.value for cookie in cookies}.get("csrftoken")
        body = form and urlencode(form | {"csrfmiddlewaretoken": token}).encode()
        with console.open(urllib.request.Request(f"{ops}/{page}", body), timeout=PATIENCE_S) as answer:
            return answer.read().decode()

    visit("login/")
    visit("login/", {"username": login["username"], "password": login["password"]})
    for page in ("", f"shipments/{shipment_id}", "vehicles/", "kpis/"):
        visit(page)
    record = re.search(r'name="record" value="([^"]+)"', visit("pipeline/"))
    assert record
    visit("pipeline/quarantine/replay", {"record": record[1]})


@only_with("PERMISSIONS", "PERMISSIONS=1 pytest tests/system/test_used_permissions.py")
def test_the_roles_call_what_their_policies_grant_and_no_grant_is_without_use_or_reason(product):
    use_the_product(product)
    recorded, grants = read_actions(product), list_grants()
    assert find_missing(recorded, grants) == []
    assert set(find_unused(recorded, grants)) - ON_A_BUSY_MACHINE == EXCUSED.keys()


def test_a_call_without_a_grant_and_a_grant_without_a_call_are_found():
    grants = list_grants()
    calls = [
        "web dynamodb:DeleteItem tracking 123",
        "beat sqs:SendMessage notify",
        "web kinesis:PutRecords scans",
    ]
    assert find_missing(calls, grants) == calls[1::-1]
    assert "web sqs:GetQueueUrl queue" in find_unused(calls, grants)
    assert "web kinesis:PutRecords scans" not in find_unused(calls, grants)
