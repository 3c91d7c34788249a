"""The environment the roles of a demo get."""

from pathlib import Path

import pytest

from laboratory.local.environment import find_folder, make_environment, port_of, prepare
from laboratory.local.var_folder import VarFolder, write_json

DEMO = {
    "web": "http://127.0.0.1:8123",
    "redis": "redis://127.0.0.1:6123",
    "aws_endpoint": "http://127.0.0.1:4123",
    "region": "ap-south-1",
}


def test_a_demo_gets_loopback_addresses_on_three_different_ports(tmp_path):
    made = make_environment(VarFolder(tmp_path))
    addresses = [made[name] for name in ("PUBLIC_URL", "REDIS_URL", "AWS_ENDPOINT_URL")]
    assert len({port_of(address) for address in addresses}) == 3
    assert [address.split("//")[1].split(":")[0] for address in addresses] == ["127.0.0.1"] * 3


def test_everything_a_demo_writes_lies_in_its_folder(tmp_path):
    made = make_environment(VarFolder(tmp_path))
    assert [made[name] for name in ("VAR_DIR", "STATIC_ROOT", "DATABASE_URL")] == [
        str(tmp_path),
        f"{tmp_path}/static",
        f"sqlite:///{tmp_path}/db.sqlite3",
    ]


@pytest.mark.parametrize(
    ("arguments", "variables", "folder"),
    [
        (["demo", "--var", "/tmp/one"], {}, "/tmp/one"),
        (["demo", "--var=/tmp/one", "--for", "5"], {"VAR_DIR": "/tmp/two"}, "/tmp/one"),
        (["demo", "--vehicles", "5"], {"VAR_DIR": "/tmp/two"}, "/tmp/two"),
    ],
)
def test_the_folder_is_the_option_then_the_variable(arguments, variables, folder):
    assert find_folder(arguments, variables) == VarFolder(Path(folder))


def test_a_demo_never_reaches_the_developers_own_accounts(tmp_path):
    environment = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "AWS_ACCESS_KEY_ID": "AKIA"}
    prepare(["demo", "--var", str(tmp_path)], environment)
    assert {
        name: environment.get(name) for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
    } == {
        "AWS_PROFILE": None,
        "AWS_SESSION_TOKEN": None,
        "AWS_ACCESS_KEY_ID": "local",
    }


def test_another_command_talks_to_the_demo_that_runs(tmp_path):
    folder = VarFolder(tmp_path)
    secrets = folder.read_secrets()
    write_json(folder.demo_file, DEMO)
    environment = {"VAR_DIR": str(tmp_path), "AWS_REGION": "eu-north-1"}
    prepare(["shell"], environment)
    names = ("SECRET_KEY", "PUBLIC_URL", "REDIS_URL", "AWS_ENDPOINT_URL", "AWS_REGION", "ROLE")
    assert [environment[name] for name in names] == [
        secrets["secret_key"],
        DEMO["web"],
        DEMO["redis"],
        DEMO["aws_endpoint"],
        "eu-north-1",
        "command",
    ]


@pytest.mark.parametrize(
    "environment",
    [{"STAGE": "production"}, {"SECRET_KEY": "given"}, {"BUILDING": "1"}, {"VAR_DIR": "/nowhere"}],
)
def test_nothing_is_made_up_where_the_environment_is_given_or_the_stage_is_another(environment, tmp_path):
    VarFolder(tmp_path).read_secrets()
    completed = {"VAR_DIR": str(tmp_path)} | environment
    before = dict(completed)
    prepare(["migrate"], completed)
    assert completed == before


def test_an_address_without_a_port_is_none_of_ours():
    with pytest.raises(ValueError, match="No port in http://example"):
        port_of("http://example")
