"""Environment of the demo and of other commands."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laboratory.local.environment import (
    find_folder,
    make_environment,
    parse_password,
    parse_port,
    prepare_environment,
)
from laboratory.local.stack import read_local_parameters
from laboratory.local.var_folder import VarFolder, write_json
from laboratory.simulator.recipients import PHONES
from tracking.services.requests.phones import find_sms_obstacle, read_phone

DEMO = {
    "web": "http://127.0.0.1:8123",
    "redis": "redis://127.0.0.1:6123",
    "database": "postgres://swiftlogix:word@127.0.0.1:5123/postgres",
    "aws_endpoint": "http://127.0.0.1:4123",
    "region": "ap-south-1",
}


def test_a_demo_gets_loopback_addresses_on_three_different_ports(tmp_path):
    made = make_environment(VarFolder(tmp_path))
    addresses = [made[name] for name in ("PUBLIC_URL", "REDIS_URL", "AWS_ENDPOINT_URL")]
    assert len({parse_port(address) for address in addresses}) == 3
    assert [urlsplit(address).hostname for address in addresses] == ["127.0.0.1"] * 3


def test_a_demo_accepts_the_phone_numbers_of_simulated_recipients(tmp_path, settings):
    settings.PHONE_COUNTRIES = make_environment(VarFolder(tmp_path))["PHONE_COUNTRIES"].split(",")
    assert [read_phone(phone) for phone in PHONES] == list(PHONES)
    assert [find_sms_obstacle(phone) for phone in PHONES] == [""] * len(PHONES)


def test_the_usual_retention_of_a_demo_is_that_of_its_stream(tmp_path):
    stream = {entry["ParameterKey"]: entry["ParameterValue"] for entry in read_local_parameters()}
    assert make_environment(VarFolder(tmp_path))["STREAM_RETENTION_HOURS"] == stream["RetentionHours"]


def test_a_demo_writes_only_into_its_folder(tmp_path):
    made = make_environment(VarFolder(tmp_path))
    assert [made[name] for name in ("VAR_DIR", "STATIC_ROOT", "DATABASE_URL")] == [
        str(tmp_path),
        f"{tmp_path}/static",
        f"sqlite:///{tmp_path}/db.sqlite3",
    ]


def test_a_demo_on_postgresql_gets_a_server_on_a_port_of_its_own_with_a_password_that_stays(tmp_path):
    made = [make_environment(VarFolder(tmp_path), "postgres") for _ in range(2)]
    addresses = {one["DATABASE_URL"] for one in made}
    assert {parse_password(address) for address in addresses} == {
        VarFolder(tmp_path).read_secrets()["postgres_password"]
    }
    assert {urlsplit(address).hostname for address in addresses} == {"127.0.0.1"}
    used = [
        parse_port(one[name]) for one in made for name in ("DATABASE_URL", "REDIS_URL", "AWS_ENDPOINT_URL")
    ]
    assert len(set(used)) == len(used)


@pytest.mark.parametrize(
    ("arguments", "variables", "folder"),
    [
        (["demo", "--var", "/tmp/one"], {}, "/tmp/one"),
        (["demo", "--var=/tmp/one", "--for", "5"], {"VAR_DIR": "/tmp/two"}, "/tmp/one"),
        (["demo", "--vehicles", "5"], {"VAR_DIR": "/tmp/two"}, "/tmp/two"),
    ],
)
def test_the_folder_is_that_of_the_option_else_of_the_variable(arguments, variables, folder):
    assert find_folder(arguments, variables) == VarFolder(Path(folder))


def test_a_demo_never_reaches_the_developers_own_accounts(tmp_path):
    environment = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "AWS_ACCESS_KEY_ID": "AKIA"}
    secrets = VarFolder(tmp_path).read_secrets()
    prepare_environment(["demo", "--var", str(tmp_path)], environment)
    assert {
        name: environment.get(name) for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
    } == {
        "AWS_PROFILE": None,
        "AWS_SESSION_TOKEN": None,
        "AWS_ACCESS_KEY_ID": secrets["aws_access_key"],
    }


def test_the_emulator_of_a_running_demo_gets_its_own_access_key_and_not_the_developers(tmp_path):
    folder = VarFolder(tmp_path)
    write_json(folder.demo_file, DEMO)
    own = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SESSION_TOKEN": "t"}
    secrets = folder.read_secrets()
    environment = {"VAR_DIR": str(tmp_path)} | own
    prepare_environment(["shell"], environment)
    assert environment["AWS_ACCESS_KEY_ID"] == secrets["aws_access_key"]
    assert "AWS_SESSION_TOKEN" not in environment
    elsewhere = {"VAR_DIR": str(tmp_path), "AWS_ENDPOINT_URL": "https://kinesis.amazonaws.com"} | own
    prepare_environment(["shell"], elsewhere)
    assert elsewhere["AWS_ACCESS_KEY_ID"] == "AKIA"


def test_redis_has_a_password_that_stays_the_same_between_starts(tmp_path):
    made = [make_environment(VarFolder(tmp_path)) for _ in range(2)]
    passwords = {parse_password(one[name]) for one in made for name in ("REDIS_URL", "CELERY_BROKER_URL")}
    assert passwords == {VarFolder(tmp_path).read_secrets()["redis_password"]}
    assert parse_password("redis://127.0.0.1:6379") == ""


def test_other_commands_get_the_addresses_of_the_running_demo(tmp_path):
    folder = VarFolder(tmp_path)
    secrets = folder.read_secrets()
    write_json(folder.demo_file, DEMO)
    environment = {"VAR_DIR": str(tmp_path), "AWS_REGION": "eu-north-1"}
    prepare_environment(["shell"], environment)
    names = (
        "SECRET_KEY",
        "PUBLIC_URL",
        "REDIS_URL",
        "DATABASE_URL",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "ROLE",
    )
    assert [environment[name] for name in names] == [
        secrets["secret_key"],
        DEMO["web"],
        DEMO["redis"],
        DEMO["database"],
        DEMO["aws_endpoint"],
        "eu-north-1",
        "command",
    ]


@pytest.mark.parametrize(
    "environment",
    [{"STAGE": "production"}, {"SECRET_KEY": "given"}, {"BUILDING": "1"}, {"VAR_DIR": "/nowhere"}],
)
def test_nothing_is_added_if_secrets_are_set_or_the_stage_is_not_local_or_no_demo_ran(environment, tmp_path):
    VarFolder(tmp_path).read_secrets()
    completed = {"VAR_DIR": str(tmp_path)} | environment
    before = dict(completed)
    prepare_environment(["migrate"], completed)
    assert completed == before


def test_a_url_without_a_port_is_refused():
    with pytest.raises(ValueError, match="No port in http://example"):
        parse_port("http://example")
