"""Our signatures are those of botocore's own signer, for all bodies, keys and times."""

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given

from tracking.adapters.signatures import Keys, Signer, Target

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TARGET = Target(
    "dynamodb.ap-south-1.amazonaws.com", "application/x-amz-json-1.0", "DynamoDB_20120810.GetItem"
)
KEYS = Keys("AKID", "secret")
words = st.text("abcXYZ0189/+=", min_size=1, max_size=40)
all_keys = st.builds(Keys, words, words, st.none() | words)
targets = st.builds(Target, st.from_regex(r"[a-z0-9.-]{1,30}(:[0-9]{2,5})?", fullmatch=True), words, words)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def sign_as_botocore(target: Target, body: bytes, keys: Keys, at: datetime, signer: SigV4Auth) -> str:
    headers = {
        "Content-Type": target.content_type,
        "X-Amz-Date": at.strftime(SIGV4_TIMESTAMP),
        "X-Amz-Target": target.operation,
    }
    if keys.token:
        headers["X-Amz-Security-Token"] = keys.token
    request = AWSRequest("POST", f"https://{target.host}/", headers, body)
    # As the browser would: the port stays in the host although it is that of the scheme.
    request.headers["Host"] = target.host
    request.context["timestamp"] = at.strftime(SIGV4_TIMESTAMP)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    signer._inject_signature_to_request(request, signature)
    return request.headers["Authorization"]


@given(targets, st.binary(max_size=300), all_keys, moments, words, words)
def test_every_signature_is_that_of_botocore(target, body, keys, at, service, region):
    signer = SigV4Auth(ReadOnlyCredentials(*keys), service, region)
    expected = sign_as_botocore(target, body, keys, at, signer)
    assert Signer(service, region).sign(target, body, keys, at)["authorization"] == expected


def test_what_is_signed_is_what_is_sent():
    signed = Signer("dynamodb", "ap-south-1").sign(TARGET, b"{}", KEYS._replace(token="t"), NOON)
    assert {name: value for name, value in signed.items() if name != "authorization"} == {
        "content-type": "application/x-amz-json-1.0",
        "host": "dynamodb.ap-south-1.amazonaws.com",
        "x-amz-date": "20261125T120000Z",
        "x-amz-security-token": "t",
        "x-amz-target": "DynamoDB_20120810.GetItem",
    }


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.integers(0, 3)), max_size=8))
def test_one_signer_follows_new_days_and_new_secrets(turns):
    signer = Signer("kinesis", "ap-south-1")
    for secret, days in turns:
        keys, at = Keys("AKID", secret), NOON + timedelta(days=days)
        assert signer.sign(TARGET, b"{}", keys, at) == Signer("kinesis", "ap-south-1").sign(
            TARGET, b"{}", keys, at
        )
