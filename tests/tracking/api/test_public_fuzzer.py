"""A public fuzzer runs against the served API with its default checks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.events import at
from tests.properties import IS_NIGHT, examples
from tests.tracking.stories import BOOKING, Api
from tracking.api.keys import issue_key
from tracking.models import Hub
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SETTINGS = Path(__file__).parents[3] / "schemathesis.toml"
WITHIN_S = 3600
REPORT_LENGTH = 6000


@pytest.fixture
def key(live_server, client, partner, hubs, world, files, plain_static) -> str:
    key = issue_key(partner, limit_factor=10_000)
    Hub.objects.create(
        hub_id="BLR-WFD", name="Whitefield hub", town="Bengaluru", pin_code="560066", lat=12.9698, lon=77.7499
    )
    assert Api(client, key).post("/api/v1/shipments", BOOKING).status_code == 201
    open_incident(ports().live, "delayed", "123", "late", at(0), shipment_id="123")
    return key


def test_schemathesis_with_its_default_checks_finds_no_failure(live_server, key, tmp_path):
    done = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            f"--config-file={SETTINGS}",
            "run",
            f"{live_server.url}/api/schema/",
            f"--header=Authorization: Bearer {key}",
            f"--max-examples={examples(5, 200)}",
            # The phase of coverage takes most of the time: thousands of requests with one odd value each.
            f"--phases={'examples,coverage,fuzzing,stateful' if IS_NIGHT else 'examples,fuzzing'}",
            "--generation-deterministic",
            "--continue-on-failure",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-REPORT_LENGTH:]
