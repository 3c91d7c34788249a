"""Secrets and personal data are masked in every form in which a log line may hold them."""

import json

import pytest

from swiftlogix.masking import mask

TOKEN = "vnHeN_1M976DAHwT6Hpz-A"
SIGNED = "eyJwIjoicHJmXzEifQ:1tXyZa:Q2-k_x9AbC"
# Number of a record in a stream.
SEQUENCE = "49590338271490256608559692538361571095921575989136588898"
KEY = "slx_live_ab12cd34_Zm9v-YmFy_cXV4"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"GET /t/{TOKEN} 200", "GET /t/*** 200"),
        (f'"POST /t/{TOKEN}/unlock HTTP/1.1"', '"POST /t/***/unlock HTTP/1.1"'),
        (f"https://track.example/t/{TOKEN}?lang=hi", "https://track.example/t/***?lang=hi"),
        (f"WebSocket /ws/track/{TOKEN}/?since=4", "WebSocket /ws/track/***/?since=4"),
        (f"/ws/page/{TOKEN}/", "/ws/page/***/"),
        (f"/ops/login/?next=%2Ft%2F{TOKEN}%2Funlock", "/ops/login/?next=%2Ft%2F***%2Funlock"),
        (f"/api/proofs/{SIGNED} 503", "/api/proofs/*** 503"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        (f"{{'Authorization': 'Bearer {KEY}'}}", "{'Authorization': 'Bearer ***'}"),
        ("(b'authorization', b'Basic dTpw')", "(b'authorization', b'Basic ***')"),
        (f"key {KEY} is unknown", "key slx_live_ab12cd34_*** is unknown"),
        (
            "Cookie: sessionid=abc123; unlocked_0a1b2c3d=xY:1:z",
            "Cookie: sessionid=***; unlocked_0a1b2c3d=***",
        ),
        (f"kwargs={{'token': '{TOKEN}'}}", "kwargs={'token': '***'}"),
        ("redis://:hunter2@10.0.0.5:6379/1", "redis://:***@10.0.0.5:6379/1"),
        ("postgres://user:p%40ss@db/main", "postgres://user:***@db/main"),
        ("GET /tracking/SLX1 and /track/ and /t/", "GET /tracking/SLX1 and /track/ and /t/"),
        ("http://127.0.0.1:8000/ops/shipments/SLX-1", "http://127.0.0.1:8000/ops/shipments/SLX-1"),
        ("token bucket is empty", "token bucket is empty"),
        ("refused for asha.rao+1@example.co.in: 550", "refused for ***: 550"),
        ("SMS to +91 98765-43210 failed", "SMS to *** failed"),
        (
            "duplicate key value\nDETAIL:  Key (label)=(Asha Rao) already exists.\nraise",
            "duplicate key value\nDETAIL:  ***\nraise",
        ),
        ("at 2026-11-29T23:20:17.839345+05:30 and +0530", "at 2026-11-29T23:20:17.839345+05:30 and +0530"),
        (f"sequence {SEQUENCE}", f"sequence {SEQUENCE}"),
        ("task celery@5f0a1c on redis://:pw@10.0.0.5", "task celery@5f0a1c on redis://:***@10.0.0.5"),
    ],
)
def test_secrets_and_personal_data_are_masked_and_nothing_else(line, masked):
    assert mask(line) == masked
    whole = json.dumps({"event": line, "list": [line], "exception": f'File "x"\n  {line}'})
    assert json.loads(mask(whole)) == {
        "event": masked,
        "list": [masked],
        "exception": f'File "x"\n  {masked}',
    }
