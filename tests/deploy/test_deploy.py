"""Command that deploys, against the emulator with small templates, and against the product itself."""

import json
import re
import shutil
import threading
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from django.conf import settings

from deploy.deploy import Setting, main
from deploy.plan import Params, Templates
from deploy.stacks import MAX_BODY_BYTES
from laboratory.local.addresses import LOOPBACK
from tests.deploy.emulated_account import emulated_account
from tests.tracking.pages.bookings import use_memory_store

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SMALL = Path(__file__).with_name("small_templates")
SERVICES = "cloudformation,ec2,ecs,logs,s3,sns,sqs,sts"
ACCOUNT = "000000000000"
FIRST, SECOND = (f"sha256:{digit * 64}" for digit in "12")
NOWHERE = f"http://{LOOPBACK}:9"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """Start an emulator with the services of a deployment; yield its address."""
    with emulated_account(tmp_path_factory.mktemp("account"), SERVICES) as address:
        yield address


class Account:
    """Account of AWS that the command deploys to."""

    def __init__(self, endpoint: str, folder: Path, product: str, capsys) -> None:
        self.endpoint, self.product, self.folder, self._capsys = endpoint, product, folder, capsys
        self.params = Params(
            "pilot", ACCOUNT, settings.AWS_REGION, {"HostName": "track.example.com", "Shards": 2}
        )
        self.ended = threading.Event()
        shutil.copytree(SMALL, folder)
        long = folder / "observe.yaml"
        long.write_text(f"# {'x' * MAX_BODY_BYTES}\n{long.read_text()}")

    def run(self, command: str, *options: str, smoke_url: str = "") -> tuple[int, list[str]]:
        """Run the command; return its code and its words, line by line, without times."""
        arguments = [command, "pilot", "--endpoint", self.endpoint, "--smoke-url", smoke_url or self.product]
        code = main([*arguments, *options], Setting(self.params, Templates(self.folder), pause_s=0.0))
        printed = self._capsys.readouterr().out
        # The product prints metrics meanwhile.
        return code, re.findall(r"^(?:\d\d:\d\d:\d\d (?=.)|(?=\{\"command))(.*)$", printed, re.MULTILINE)

    def client(self, service: str, region: str = settings.AWS_REGION):
        return boto3.client(service, region_name=region, endpoint_url=self.endpoint)

    def read_outputs(self, template: str, region: str = settings.AWS_REGION) -> dict[str, str]:
        client = self.client("cloudformation", region)
        (stack,) = client.describe_stacks(StackName=f"swiftlogix-pilot-{template}")["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def list_images(self) -> tuple[str, str, str]:
        """Return the image of the services, of migrate, and the one before."""
        client = self.client("cloudformation")
        (stack,) = client.describe_stacks(StackName="swiftlogix-pilot-compute")["Stacks"]
        found = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        return found["ImageDigest"], found["MigrateImageDigest"], found["PreviousImageDigest"]

    def end_tasks(self) -> None:
        """End each task that is started, since the emulator runs no containers."""
        ecs = self.client("ecs")
        while not self.ended.wait(0.02):
            if not ecs.list_clusters()["clusterArns"]:
                continue
            for task in ecs.list_tasks(cluster="swiftlogix-pilot", desiredStatus="RUNNING")["taskArns"]:
                ecs.stop_task(cluster="swiftlogix-pilot", task=task)


@pytest.fixture
def account(endpoint, tmp_path, live_server, plain_static, capsys):
    """Return an empty account, and the product behind it."""
    use_memory_store()
    signed = {"Authorization": "Credential=test/"}
    urllib.request.urlopen(
        urllib.request.Request(f"{endpoint}/_ministack/reset", headers=signed, method="POST")
    )
    account = Account(endpoint, tmp_path / "templates", live_server.url, capsys)
    agent = threading.Thread(target=account.end_tasks)
    agent.start()
    yield account
    account.ended.set()
    agent.join()


def test_a_new_stage_stops_for_the_image_and_then_migrates_before_its_services_start(account):
    code, words = account.run("deploy", "--yes")
    assert (code, words[-1][:22]) == (3, "There is no image yet.")
    assert account.list_images() == ("none", "none", "none")

    code, words = account.run("deploy", "--yes", "--image", FIRST)
    assert (code, account.list_images()) == (0, (FIRST, FIRST, "none"))
    ends = [line.split(" ")[0] for line in words if line.endswith("_COMPLETE.") or "migrate: done" in line]
    assert ends == [
        "swiftlogix-pilot-compute:",
        "migrate:",
        "swiftlogix-pilot-compute:",
        "swiftlogix-pilot-edge:",
        "swiftlogix-pilot-observe:",
    ]
    origin = account.read_outputs("edge", "us-east-1")["Origin"]
    assert origin == account.read_outputs("compute")["BalancerHost"]


def test_a_command_of_manage_py_runs_in_a_task_of_its_own_and_its_code_is_returned(account):
    refused = ["REFUSED: A task needs the stacks of network and compute."]
    assert account.run("run", "--", "leases", "list") == (2, refused)
    account.run("deploy", "--yes")
    account.run("deploy", "--yes", "--image", FIRST)
    code, words = account.run("run", "--", "quarantine", "replay", "--day", "2026-11-30")
    said = [re.sub(r"[0-9a-f-]{36}", "ID", line) for line in words]
    assert (code, said) == (0, RAN)
    with pytest.raises(SystemExit, match="2"):
        account.run("run")


RAN = [
    "quarantine replay --day 2026-11-30: starting a task of the role web; that takes about a minute.",
    "  It wrote nothing to the log group swiftlogix-pilot-web, stream web/web/ID.",
    "quarantine replay --day 2026-11-30: ended with code 0 (task ID; Task stopped by user).",
]


def test_a_stage_that_is_as_wanted_stays_and_says_so_as_json(account):
    account.run("deploy", "--yes")
    account.run("deploy", "--yes", "--image", FIRST)
    code, (line,) = account.run("deploy", "--yes", "--json")
    report = json.loads(line)
    results = [step["result"] for step in report["done"]]
    assert (code, report["code"], results) == (0, 0, ["unchanged"] * 5 + ["passed"])
    assert account.run("status")[0] == 0


def test_an_image_whose_smoke_test_fails_gives_way_to_the_one_before(account):
    account.run("deploy", "--yes")
    account.run("deploy", "--yes", "--image", FIRST)
    code, words = account.run("deploy", "--yes", "--image", SECOND, smoke_url=NOWHERE)
    assert (code, account.list_images()) == (1, (FIRST, FIRST, "none"))
    assert "Going back to the image before. The schema stays: it is a superset of the one before." in words


def test_a_rollback_takes_the_image_before_and_there_is_none_before_that(account):
    account.run("deploy", "--yes")
    account.run("deploy", "--yes", "--image", FIRST)
    assert account.run("deploy", "--yes", "--image", SECOND)[0] == 0
    assert account.list_images() == (SECOND, SECOND, FIRST)
    assert account.run("rollback", "--yes")[0] == 0
    assert account.list_images() == (FIRST, FIRST, "none")
    code, (words,) = account.run("rollback", "--yes")
    assert (code, words[:38]) == (2, "REFUSED: There is no image to go back ")


def test_nothing_is_executed_that_nobody_agreed_to_or_that_is_only_shown(account, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    code, words = account.run("deploy")
    assert (code, words[-1]) == (
        2,
        "REFUSED: swiftlogix-pilot-data: not executed, because nobody agreed. Nothing of it has changed.",
    )
    account.run("deploy", "--yes", "--only", "data")
    code, words = account.run("deploy", "--dry-run", "--only", "data,network")
    assert (code, words[2:4]) == (
        0,
        ["swiftlogix-pilot-data: nothing to change.", "swiftlogix-pilot-network: a new stack:"],
    )
    assert "swiftlogix-pilot-network: does not exist" in account.run("status")[1]


def test_a_queue_is_removed_only_if_it_is_named(account):
    account.run("deploy", "--yes", "--only", "data")
    template = account.folder / "data.yaml"
    template.write_text(template.read_text().partition("  Notify:")[0])
    code, words = account.run("deploy", "--yes", "--only", "data")
    assert (code, words[-1].rpartition("If it is meant: ")[2]) == (2, "--allow Notify")
    words = account.run("deploy", "--yes", "--only", "data", "--allow", "Notify")[1]
    assert "  REMOVE Notify (AWS::SQS::Queue)" in words


def test_a_stack_that_fails_is_put_back_and_the_first_failure_is_named(account):
    account.run("deploy", "--yes", "--only", "data")
    template = account.folder / "data.yaml"
    template.write_text(template.read_text() + BROKEN)
    code, words = account.run("deploy", "--yes", "--only", "data")
    assert (code, words[-2]) == (
        1,
        "FAILED: swiftlogix-pilot-data ended as UPDATE_ROLLBACK_COMPLETE: Broken: Export 'nothing' not found",
    )


BROKEN = """\
  Broken:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !ImportValue nothing}
"""


def test_other_accounts_are_refused_before_anything_is_made(account):
    account.params = account.params._replace(account="999999999999")
    assert account.run("deploy", "--yes") == (
        2,
        ["REFUSED: These credentials are for the account 000000000000, pilot is 999999999999."],
    )


def test_the_smoke_test_names_each_request_that_fails(account):
    code, words = account.run("smoke")
    assert (code, [line[:10] for line in words[1:]]) == (
        0,
        ["  ok: /hea", "  ok: /rea", "  ok: /: p", "  ok: /tra", "  ok: /api"],
    )
    code, words = account.run("smoke", smoke_url=NOWHERE)
    assert (code, [line[:8] for line in words[1:-2]]) == (1, ["  FAILED"] * 5)
