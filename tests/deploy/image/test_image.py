"""Image built without an engine: it holds the product alone, and each role starts, serves and drains."""

import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from laboratory.local.addresses import find_free_port
from tests.deploy.image.built_image import BuiltImage, build_image
from tests.deploy.templates import TEMPLATES
from tests.opt_in import only_with
from tests.waiting import PUBLIC_PAUSE_S, wait_for
from tracking.adapters.aws import build_client

pytestmark = [pytest.mark.slow, only_with("IMAGE", "make image-test")]

TEMPLATE = TEMPLATES["compute"]
SCAN = '{{"shipment_id":"{}","lat":12.97,"lon":77.59,"status":"in_transit"}}'
ROLES = ("web", "shards", "queues", "beat")


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> BuiltImage:
    """Build the image; takes some minutes and needs root, since a root folder is made."""
    return build_image(tmp_path_factory.mktemp("image"))


@pytest.fixture
def environment(image, local_aws, local_redis) -> dict[str, str]:
    """Variables of a task, with the services of this machine: nothing else is in the environment."""
    port = find_free_port()
    own = ("SECRET_KEY", "TRACKING_TOKEN_KEY", "RECIPIENT_KEYS", "STREAM_KEYS", "AWS_REGION")
    return (
        image.environment
        | {name: os.environ[name] for name in own}
        | {
            "STAGE": "local",
            "HTTPS": "0",
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "REDIS_URL": local_redis,
            "AWS_ENDPOINT_URL": local_aws,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "DATABASE_URL": "sqlite:////tmp/var/image.sqlite3",
        }
    )


@pytest.fixture
def roles(image, environment, tmp_path):
    """Start roles, with their logs in files; whatever still runs at the end of the test is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(role: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                image.list_role(role), env=environment, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def read_limit_s(role: str) -> int:
    """Return the seconds that the task definition leaves the role between SIGTERM and SIGKILL."""
    task = TEMPLATE["Resources"][f"{role.title()}Task"]
    return int(task["Properties"]["ContainerDefinitions"][0]["StopTimeout"])


def get_status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def put_scans(first: int, number: int) -> list[str]:
    """Put one scan each of so many new shipments on the stream; return the ids."""
    ids = [f"IMG-{n}" for n in range(first, first + number)]
    records = [
        {
            "PartitionKey": shipment_id,
            "Data": SCAN.format(shipment_id).encode(),
        }
        for shipment_id in ids
    ]
    answer = build_client("kinesis").put_records(StreamName=settings.AWS_NAMES["stream"], Records=records)
    assert answer["FailedRecordCount"] == 0
    return ids


def test_the_image_holds_the_product_alone_and_its_user_may_change_nothing(image, record_property):
    """Neither the laboratory nor the tests nor what builds environments are in it."""
    root = image.root.folder
    packages = {path.name for path in (root / "app").iterdir()}
    assert packages == {
        "manage.py",
        "pyproject.toml",
        "swiftlogix",
        "tracking",
        "notifications",
        "workers",
        "static",
        "deploy",
    }
    # The pipeline page shows the runbooks of alarms.
    assert {path.name for path in (root / "app" / "deploy").iterdir()} == {"runbooks"}
    assert not list((root / "venv" / "lib").glob("python3*/site-packages/pip"))
    write = image.root.list_user_command(["/bin/sh", "-c", "touch /app/x /venv/x /x"])
    assert subprocess.run(write, capture_output=True, check=False).returncode != 0
    megabytes = round(image.root.measure_bytes() / 1e6)
    record_property("megabytes", megabytes)
    print(f"The image is {megabytes} MB.")  # noqa: T201 - the size is what the command is asked for
    assert image.user == "10001:10001"


def test_each_role_starts_serves_and_drains_while_loaded(image, environment, roles):
    assert roles("migrate").wait(300) == 0
    running = {role: roles(role) for role in ROLES}
    address = environment["PUBLIC_URL"]
    wait_for(lambda: get_status(f"{address}/readyz") == 200, what="the web role")
    sent = put_scans(0, 200)
    wait_for(lambda: get_status(f"{address}/tracking/{sent[-1]}") == 200, pause_s=PUBLIC_PAUSE_S)

    for role in reversed(ROLES):
        sent += put_scans(len(sent), 200)
        running[role].send_signal(signal.SIGTERM)
        # Fails after the time that the task definition leaves the role.
        running[role].wait(read_limit_s(role))
    # Celery ends with 0, uvicorn passes on the signal that ended it.
    assert {role: process.returncode for role, process in running.items()} == {
        "web": -signal.SIGTERM,
        "shards": 0,
        "queues": 0,
        "beat": 0,
    }

    # What was put on the stream while nobody read it is read by the next processes.
    roles("shards"), roles("queues"), roles("beat"), roles("web")
    wait_for(lambda: get_status(f"{address}/tracking/{sent[-1]}") == 200, pause_s=PUBLIC_PAUSE_S)
    assert Path(image.root.folder / "tmp" / "var" / "image.sqlite3").exists()
