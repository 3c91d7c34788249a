"""Examples of the documents run as they are, against a server with the whole pipeline."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from notifications.webhooks.endpoint_secrets import list_secrets
from notifications.webhooks.models import WebhookEndpoint

DOCS = Path(__file__).parents[3] / "docs"
WITHIN_S = 60


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=DOCS.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_curl_commands_of_the_document_give_its_answers(served, files):
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / "api.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 10
    output = run(["bash", "-euo", "pipefail", "-c", "".join(blocks)], served)
    assert '"accepted":1' in output
    assert '"status":"in_transit"' in output
    assert '"rule":"may_follow"' in output
    assert '"goal_pct":80.0' in output
    assert '"type":"shipment.status_changed"' in output
    assert '"kind":"photo"' in output
    assert '"phone":"+919845054321"' in output
    assert re.search(r'\{"event_id":"c_[a-z0-9]+"\}$', output)


@pytest.mark.django_db(transaction=True)
def test_the_commands_about_webhooks_create_test_enable_replay_and_rotate(served):
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / "webhooks.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    output = run(["bash", "-euo", "pipefail", "-c", "".join(blocks)], served)
    endpoint = WebhookEndpoint.objects.get()
    assert output.count('"type":"webhook.test"') == 5
    assert '{"again":1,"missed":0}' in output
    assert output.endswith(list_secrets(endpoint, timezone.now())[0] + "\n")


@pytest.mark.django_db(transaction=True)
def test_the_python_client_delivers_a_shipment(served):
    output = run([sys.executable, str(DOCS / "examples" / "client.py")], served)
    assert output.splitlines() == [
        "picked_up: 1 accepted",
        "out_for_delivery: 1 accepted",
        "delivered: 1 accepted",
        "the feed has: created -> picked_up -> out_for_delivery -> delivered",
    ]
