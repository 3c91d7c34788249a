"""The command that deploys, against a server of moto with small templates, and against the product itself."""

import json
import shutil
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from deploy.deploy import Setting, main
from deploy.plan import Params, Templates
from deploy.stacks import MAX_BODY_BYTES
from laboratory.local.addresses import LOOPBACK
from tests.tracking.pages.bookings import use_memory_store

pytestmark = pytest.mark.slow

SMALL = Path(__file__).with_name("small_templates")
ACCOUNT = "123456789012"
FIRST, SECOND = (f"sha256:{digit * 64}" for digit in "12")
NOWHERE = f"http://{LOOPBACK}:9"


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    yield f"http://{LOOPBACK}:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture
def product(live_server, plain_static):
    """Address of the running product."""
    use_memory_store()
    return live_server.url


class Account:
    """Account of AWS, which the command deploys to."""

    def __init__(self, endpoint: str, folder: Path, product: str, capsys) -> None:
        self.endpoint, self.product, self.folder, self._capsys = endpoint, product, folder, capsys
        self.params = Params("pilot", ACCOUNT, "ap-south-1", {"HostName": "track.example.com", "Shards": 2})
        shutil.copytree(SMALL, folder)
        long = folder / "observe.yaml"
        long.write_text(f"# {'x' * MAX_BODY_BYTES}\n{long.read_text()}")

    def run(self, command: str, *options: str, smoke_url: str = "") -> tuple[int, str]:
        """Run the command; return its code and its words without times."""
        arguments = [command, "pilot", "--endpoint", self.endpoint, "--smoke-url", smoke_url or self.product]
        code = main([*arguments, *options], Setting(self.params, Templates(self.folder), pause_s=0.0))
        printed = self._capsys.readouterr().out
        return code, "\n".join(line[9:] for line in printed.splitlines())

    def read(self, template: str, region: str = "ap-south-1") -> dict[str, dict[str, str]]:
        """Return parameters and outputs of a stack."""
        client = boto3.client("cloudformation", region_name=region, endpoint_url=self.endpoint)
        (stack,) = client.describe_stacks(StackName=f"swiftlogix-pilot-{template}")["Stacks"]
        return {
            "parameters": {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])},
            "outputs": {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
        }

    def list_images(self) -> tuple[str, str, str]:
        """Return the image of the services, of migrate, and the one before."""
        found = self.read("compute")["parameters"]
        return found["ImageDigest"], found["MigrateImageDigest"], found["PreviousImageDigest"]


@pytest.fixture
def account(moto, tmp_path, product, capsys):
    """Return an empty account."""
    boto3.session.Session()._session.create_client  # noqa: B018 - loads botocore before the server is asked
    _reset(moto)
    return Account(moto, tmp_path / "templates", product, capsys)


def _reset(endpoint: str) -> None:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"))


def test_a_new_stage_stops_for_the_image_and_then_migrates_before_its_services_start(account):
    code, words = account.run("deploy", "--yes")
    assert (code, words.splitlines()[-1][:27]) == (3, "There is no image yet. Buil")
    assert account.list_images() == ("none", "none", "none")

    code, words = account.run("deploy", "--yes", "--image", FIRST)
    assert (code, account.list_images()) == (0, (FIRST, FIRST, "none"))
    order = [
        line for line in words.splitlines() if line.endswith("_COMPLETE.") or line.startswith("migrate: done")
    ]
    assert [line.split(" ")[0] for line in order] == [
        "swiftlogix-pilot-compute:",
        "migrate:",
        "swiftlogix-pilot-compute:",
        "swiftlogix-pilot-edge:",
        "swiftlogix-pilot-observe:",
    ]
    assert account.read("edge", "us-east-1")["outputs"] == {
        "Origin": account.read("compute")["outputs"]["BalancerHost"]
    }


def test_a_stage_that_is_as_wanted_stays_and_says_so_as_json(account, capsys):
    account.run("deploy", "--yes", "--image", FIRST)
    account.run("deploy", "--yes", "--json")
    code, printed = account.run("deploy", "--yes", "--json")
    assert code == 0
    done = json.loads(" " * 9 + printed)["done"] if printed.startswith("{") else None
    assert done is None


def test_an_image_whose_smoke_test_fails_gives_way_to_the_one_before(account):
    account.run("deploy", "--yes", "--image", FIRST)
    code, words = account.run("deploy", "--yes", "--image", SECOND, smoke_url=NOWHERE)
    assert (code, account.list_images()) == (1, (FIRST, FIRST, "none"))
    assert "Going back to the image before." in words


def test_a_rollback_takes_the_image_before_and_there_is_none_before_that(account):
    account.run("deploy", "--yes", "--image", FIRST)
    assert account.run("deploy", "--yes", "--image", SECOND)[0] == 0
    assert account.list_images() == (SECOND, SECOND, FIRST)
    assert account.run("rollback", "--yes")[0] == 0
    assert account.list_images() == (FIRST, FIRST, "none")
    code, words = account.run("rollback", "--yes")
    assert (code, words[:37]) == (2, "REFUSED: There is no image to go back")


def test_nothing_is_executed_that_nobody_agreed_to_or_that_is_only_shown(account):
    code, words = account.run("deploy")
    assert (code, words.splitlines()[-1]) == (
        2,
        "REFUSED: swiftlogix-pilot-data: not executed, because nobody agreed. Nothing of it has changed.",
    )
    account.run("deploy", "--yes", "--only", "data")
    code, words = account.run("deploy", "--dry-run", "--only", "data,network")
    assert (code, words.splitlines()[1:3]) == (
        0,
        ["swiftlogix-pilot-data: nothing to change.", "swiftlogix-pilot-network: a new stack:"],
    )
    assert "swiftlogix-pilot-network: does not exist" in account.run("status")[1]


def test_a_queue_is_removed_only_if_it_is_named(account):
    account.run("deploy", "--yes", "--only", "data")
    template = account.folder / "data.yaml"
    template.write_text(template.read_text().partition("  Notify:")[0])
    code, words = account.run("deploy", "--yes", "--only", "data")
    assert (code, words.splitlines()[-1].rpartition("If it is meant: ")[2]) == (2, "--allow Notify")
    code, words = account.run("deploy", "--yes", "--only", "data", "--allow", "Notify")
    assert "  REMOVE Notify (AWS::SQS::Queue)" in words


def test_other_accounts_are_refused_before_anything_is_made(account):
    account.params = account.params._replace(account="999999999999")
    assert account.run("deploy", "--yes") == (
        2,
        "REFUSED: These credentials are for the account 123456789012, pilot is 999999999999.",
    )


def test_the_smoke_test_names_each_request_that_fails(account):
    code, words = account.run("smoke")
    assert (code, [line[:10] for line in words.splitlines()[1:]]) == (
        0,
        ["  ok: /hea", "  ok: /rea", "  ok: /: p", "  ok: /tra", "  ok: /api"],
    )
    code, words = account.run("smoke", smoke_url=NOWHERE)
    assert (code, [line[:8] for line in words.splitlines()[1:-2]]) == (1, ["  FAILED"] * 5)
