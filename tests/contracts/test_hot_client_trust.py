"""Both clients of frequent calls verify the service, and renew the credentials they sign with."""

import ssl
import sys
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from botocore import exceptions as aws

from tests.contracts.hot_calls import ITEM
from tests.contracts.hot_clients import client_at, find_error, get_item
from tests.tracking.adapters.scripted_server import respond, serving

NOTHING = respond({})
# Prints credentials whose token is the number of runs. They expire so soon that botocore asks again.
GIVE_CREDENTIALS = """
import json, sys
runs = open(sys.argv[1], "a+")
runs.write("x"); runs.seek(0)
keys = {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": str(len(runs.read()))}
print(json.dumps({"Version": 1, "Expiration": sys.argv[2], **keys}))
"""


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.mark.parametrize(
    ("host", "trusted", "expected"),
    [
        ("127.0.0.1", True, None),
        ("127.0.0.1", False, aws.SSLError),
        ("other.example", True, aws.SSLError),
    ],
)
def test_certificate_and_host_name_are_verified(
    authority, hot_client, tmp_path, monkeypatch, host, trusted, expected
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    bundle = tmp_path / "ca.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with serving(context) as server, client_at(server.url) as client:
        server.script(respond({"Item": ITEM}))
        if expected is None:
            assert get_item(client)["Item"] == ITEM
        else:
            assert isinstance(find_error(client), expected)


def test_credentials_are_asked_for_before_every_call(server, hot_client, tmp_path, monkeypatch):
    script, runs, config = tmp_path / "give.py", tmp_path / "runs", tmp_path / "config"
    script.write_text(GIVE_CREDENTIALS)
    soon = datetime.now(UTC) + timedelta(minutes=5)
    config.write_text(
        f"[default]\ncredential_process = {sys.executable} {script} {runs} {soon:%Y-%m-%dT%H:%M:%SZ}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    server.script(NOTHING, NOTHING)
    with client_at(server.url) as client:
        get_item(client)
        get_item(client)
    first, second = (int(request.headers["x-amz-security-token"]) for request in server.requests)
    assert second > first
