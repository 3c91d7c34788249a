"""`manage.py simulate` against the emulator's stream: its records arrive, and it stops on a signal."""

import json
import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from tests.waiting import PATIENCE_S, wait_for
from tracking.adapters.aws import build_client

pytestmark = pytest.mark.slow


@pytest.fixture
def simulate(local_aws, tmp_path):
    """Return a function that starts the command with a ledger and returns its process."""
    started = []

    def start(*options):
        command = [
            sys.executable,
            "manage.py",
            "simulate",
            "--ledger",
            str(tmp_path / "ledger.ndjson"),
            # A large fleet takes seconds to start.
            "--vehicles",
            "5",
            *options,
        ]
        environment = os.environ | {"AWS_ENDPOINT_URL": local_aws}
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def read_stream():
    """Return all records of the stream by (shard, sequence number)."""
    client = build_client("kinesis")
    name = settings.AWS_NAMES["stream"]
    records = {}
    for shard in client.list_shards(StreamName=name)["Shards"]:
        cursor = client.get_shard_iterator(
            StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            answer = client.get_records(ShardIterator=cursor)
            records |= {
                (shard["ShardId"], record["SequenceNumber"]): record["Data"] for record in answer["Records"]
            }
            if not answer["Records"]:
                break
            cursor = answer["NextShardIterator"]
    return records


def test_the_ledger_lists_exactly_the_records_on_the_stream(simulate, tmp_path):
    before = set(read_stream())
    process = simulate("--for", "3", "--rate", "50", "--json")
    output, _ = process.communicate(timeout=PATIENCE_S)
    lines = [json.loads(line) for line in (tmp_path / "ledger.ndjson").read_text().splitlines()]
    records = {place: raw for place, raw in read_stream().items() if place not in before}
    assert process.returncode == 0
    assert {(line["shard"], line["sequence"]) for line in lines} == set(records)
    assert json.loads(output)["put"] == len(lines) > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_run_without_end(simulate, tmp_path, number):
    process, ledger = simulate(), tmp_path / "ledger.ndjson"
    wait_for(lambda: ledger.exists() and ledger.stat().st_size)
    process.send_signal(number)
    assert process.wait(timeout=PATIENCE_S) == 0
