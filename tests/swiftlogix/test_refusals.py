"""Refusals to start: each rule by its name, over settings and in processes of their own."""

import hashlib
import json
import re
import subprocess
import sys

import pytest
from django.conf import settings

from swiftlogix.refusals import LOCAL_RULES, RULES, Start, find_refusals

# The same in every run, since they are part of the names of tests.
ONE, OTHER, THIRD, FOURTH, FIFTH = (
    hashlib.sha256(name).hexdigest() for name in (b"1", b"2", b"3", b"4", b"5")
)
SAFE = {
    "STAGE": "production",
    "SECRET_KEY": ONE,
    "SECRET_KEY_FALLBACKS": [],
    "TRACKING_TOKEN_KEY": OTHER,
    "RECIPIENT_KEYS": [THIRD],
    "STREAM_KEYS": [FIFTH],
    "BUILDING": False,
    "DEBUG": False,
    "NOTIFICATIONS_OUTBOX": False,
    "WEBHOOKS_ALLOW_LOOPBACK": False,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "ALLOWED_HOSTS": ["track.swiftlogix.in", ".swiftlogix.in"],
    "HTTPS": True,
    "TRUSTED_PROXIES": ["10.0.0.0/16"],
    "PUBLIC_URL": "https://track.swiftlogix.in",
    "AWS_ENDPOINT_URL": None,
}
# The same as variables.
SAFE_VARIABLES = {
    "STAGE": "production",
    "SECRET_KEY": ONE,
    "TRACKING_TOKEN_KEY": OTHER,
    "RECIPIENT_KEYS": THIRD,
    "STREAM_KEYS": FIFTH,
    "DATABASE_URL": "postgres://swiftlogix:word@db.internal/swiftlogix",
    "ALLOWED_HOSTS": "track.swiftlogix.in",
    "PUBLIC_URL": "https://track.swiftlogix.in",
    "TRUSTED_PROXIES": "10.0.0.0/16",
}
UNSAFE_VARIABLES = {
    "STAGE": "pilot",
    "SECRET_KEY": "",
    "TRACKING_TOKEN_KEY": "only-for-tests-too",
    "RECIPIENT_KEYS": f"{ONE},{ONE}",
    "STREAM_KEYS": FIFTH,
    "BUILDING": "1",
    "DEBUG": "1",
    "NOTIFICATIONS_OUTBOX": "1",
    "WEBHOOKS_ALLOW_LOOPBACK": "1",
    "DATABASE_URL": "",
    "ALLOWED_HOSTS": "*",
    "HTTPS": "0",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
}
BUILD = (
    "is set, and this is none of the build steps collectstatic, compilemessages, makemigrations, spectacular"
)
SQLITE = {
    "default": {"ENGINE": "django.db.backends.postgresql"},
    "x": {"ENGINE": "django.db.backends.sqlite3"},
}
LOCAL = {"STAGE": "local", "PUBLIC_URL": "http://127.0.0.1:8000", "ALLOWED_HOSTS": ["127.0.0.1", "localhost"]}

CASES = [
    ({"SECRET_KEY": ""}, ["empty_secret: SECRET_KEY is empty"]),
    ({"SECRET_KEY": " " * 40}, ["empty_secret: SECRET_KEY is empty"]),
    ({"RECIPIENT_KEYS": [THIRD, ""]}, ["empty_secret: RECIPIENT_KEYS is empty"]),
    (
        {"TRACKING_TOKEN_KEY": FOURTH[:31]},
        ["short_secret: TRACKING_TOKEN_KEY has 31 bytes; 32 are needed"],
    ),
    (
        {"SECRET_KEY_FALLBACKS": ["k9Qx2Lp7Z"]},
        ["short_secret: SECRET_KEY_FALLBACKS has 9 bytes; 32 are needed"],
    ),
    (
        {"SECRET_KEY": "django-insecure-4f8!k2m9@q7w#e5r1t3y6u8"},
        ["known_secret: SECRET_KEY is an example; make a random one"],
    ),
    (
        {"SECRET_KEY": "Change-Me 1234567890 1234567890 12345"},
        ["known_secret: SECRET_KEY is an example; make a random one"],
    ),
    ({"SECRET_KEY": "x1" * 20}, ["known_secret: SECRET_KEY repeats itself; make a random one"]),
    (
        {"RECIPIENT_KEYS": ["0123456789abcdef" * 2]},
        ["known_secret: RECIPIENT_KEYS repeats itself; make a random one"],
    ),
    ({"TRACKING_TOKEN_KEY": ONE}, ["shared_secret: SECRET_KEY and TRACKING_TOKEN_KEY are the same"]),
    ({"RECIPIENT_KEYS": [THIRD, THIRD]}, ["shared_secret: RECIPIENT_KEYS has a secret twice"]),
    ({"BUILDING": True}, [f"building: BUILDING {BUILD}"]),
    ({"DEBUG": True}, ["debug: DEBUG is on; its pages show settings and code"]),
    ({"NOTIFICATIONS_OUTBOX": True}, ["outbox: NOTIFICATIONS_OUTBOX is on; it keeps addresses in clear"]),
    (
        {"WEBHOOKS_ALLOW_LOOPBACK": True},
        ["loopback: WEBHOOKS_ALLOW_LOOPBACK is on; a partner's URL would reach servers of this machine"],
    ),
    ({"DATABASES": SQLITE}, ["sqlite: the database x is SQLite; set DATABASE_URL"]),
    ({"ALLOWED_HOSTS": ["track.swiftlogix.in", "*"]}, ["any_host: ALLOWED_HOSTS has '*'"]),
    ({"HTTPS": False}, ["no_https: HTTPS is off"]),
    (
        {"TRUSTED_PROXIES": []},
        ["no_proxies: TRUSTED_PROXIES is empty, so every request would be redirected; name the balancer"],
    ),
    ({"PUBLIC_URL": "http://track.swiftlogix.in"}, ["no_https: PUBLIC_URL does not begin with https://"]),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, ["emulator: AWS_ENDPOINT_URL is not an address of AWS"]),
    (
        {"AWS_ENDPOINT_URL": "https://amazonaws.com.emulator.example"},
        ["emulator: AWS_ENDPOINT_URL is not an address of AWS"],
    ),
    ({"AWS_ENDPOINT_URL": "https://kinesis.ap-south-1.amazonaws.com"}, []),
    ({"RECIPIENT_KEYS": [THIRD, FOURTH[:32]]}, []),
    (LOCAL | {"SECRET_KEY": "a", "DEBUG": True}, []),
    (LOCAL | {"PUBLIC_URL": "http://192.168.1.7:8000", "ALLOWED_HOSTS": ["[::1]", "*", "laptop"]}, []),
    (LOCAL | {"PUBLIC_URL": "http://localhost:8000", "ALLOWED_HOSTS": []}, []),
    (
        {"STAGE": "local"},
        [
            f"public_local: {name} has the public host {host}, and the stage is local; set STAGE"
            for name, host in (
                ("PUBLIC_URL", "track.swiftlogix.in"),
                ("ALLOWED_HOSTS", "track.swiftlogix.in"),
                ("ALLOWED_HOSTS", ".swiftlogix.in"),
            )
        ],
    ),
]


def find(changes=None, environment=None, command=("uvicorn",)):
    return find_refusals(Start(SAFE | (changes or {}), environment or {}, command))


@pytest.mark.parametrize(("changes", "refusals"), CASES, ids=lambda value: str(value)[:60])
def test_each_unsafe_setting_is_refused_by_the_name_of_its_rule(changes, refusals):
    assert find(changes) == refusals


def test_every_rule_has_a_case_and_safe_settings_have_no_refusal():
    named = {refusal.partition(":")[0] for _, refusals in CASES for refusal in refusals}
    assert named == {rule.name for rule in (*RULES, *LOCAL_RULES)}
    assert find() == []


def test_the_document_lists_every_rule_and_no_other():
    section = (settings.BASE_DIR / "docs/security.md").read_text().partition("## What production refuses")[2]
    documented = re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE)
    assert documented == [rule.name for rule in (*RULES, *LOCAL_RULES)]


def test_a_variable_that_only_boto3_reads_is_refused_too():
    assert find(environment={"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:8000"}) == [
        "emulator: AWS_ENDPOINT_URL_DYNAMODB is not an address of AWS"
    ]


@pytest.mark.parametrize(
    ("command", "starts"),
    [
        (["/srv/manage.py", "collectstatic", "--no-input"], True),
        (["django-admin", "compilemessages"], True),
        (["/usr/lib/python3/site-packages/django/__main__.py", "spectacular"], True),
        (["/srv/manage.py", "migrate"], False),
        (["/srv/manage.py", "shell", "collectstatic"], False),
        (["celery", "collectstatic"], False),
        (["uvicorn"], False),
    ],
)
def test_building_is_accepted_in_build_steps_alone(command, starts):
    assert (find({"BUILDING": True, "SECRET_KEY": ""}, command=command) == []) is starts


def test_no_refusal_contains_a_secret():
    short = THIRD[:20]
    assert [text for text in find({"SECRET_KEY": short, "TRACKING_TOKEN_KEY": short}) if short in text] == []


def run(variables, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "uvicorn", "swiftlogix.asgi:application"),
        ("-m", "celery", "-A", "swiftlogix", "worker"),
        ("manage.py", "migrate"),
    ],
    ids=["web", "worker", "command"],
)
def test_a_process_of_the_cloud_stops_and_names_every_refusal(arguments):
    done = run(UNSAFE_VARIABLES, *arguments)
    assert done.returncode != 0
    assert re.findall(r"^\* (\w+): ", done.stderr, re.MULTILINE) == [
        "empty_secret",
        "short_secret",
        "known_secret",
        "shared_secret",
        "building",
        "debug",
        "outbox",
        "loopback",
        "sqlite",
        "any_host",
        "no_https",
        "no_https",
        "emulator",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["pilot", "production"])
def test_the_deployment_checks_of_django_find_nothing_in_a_stage_of_the_cloud(stage):
    done = run(SAFE_VARIABLES | {"STAGE": stage}, "manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert (done.returncode, done.stderr) == (0, "")


ASK_FOR_HEADERS = """
import django, json
django.setup()
from django.test import Client
client, of_https = Client(headers={"host": "track.swiftlogix.in"}), {"X-Forwarded-Proto": "https"}
answers = [client.get("/track/?a=1"), client.get("/healthz"), client.get("/healthz", headers=of_https)]
print(json.dumps([[answer.status_code, dict(answer.headers)] for answer in answers]))
"""


@pytest.mark.slow
def test_a_cloud_stage_redirects_to_https_except_for_health_checks_and_sends_secure_headers():
    done = run(SAFE_VARIABLES | {"DJANGO_SETTINGS_MODULE": "swiftlogix.settings"}, "-c", ASK_FOR_HEADERS)
    (redirected, moved), (checked, plain), (answered, headers) = json.loads(done.stdout)
    assert (redirected, moved["Location"]) == (301, "https://track.swiftlogix.in/track/?a=1")
    assert (checked, "Strict-Transport-Security" in plain) == (200, False)
    assert answered == 200
    policy = headers.pop("Content-Security-Policy").split("; ")
    assert ("default-src 'none'" in policy, "frame-ancestors 'none'" in policy) == (True, True)
    secure = {
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert {name: headers.get(name) for name in secure} == secure
