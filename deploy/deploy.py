"""Deploys SwiftLogix to AWS, shows what is there, tests it, or goes back to the image before.

Run it as `python -m deploy.deploy COMMAND STAGE`; `run STAGE -- leases list` runs `manage.py leases list`
there. Each change is shown and needs a yes before it is made.
Codes: 0 done, 1 failed, 2 refused before anything changed in that step, 3 an image must be pushed first.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy.one_off import ROLES, OneOffError
from deploy.plan import ORDER, Params, RefusedError, Templates, check_params, read_params
from deploy.release import FAILED, REFUSED, Release, SmokeTestError
from deploy.stacks import PAUSE_S, StackError, Stacks

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
INTERRUPTED = 130


class Conversation:
    """Words and questions of the command; with `--json` they go to standard error.

    Arguments: whether every question is answered by yes, and whether the answer is JSON.
    """

    def __init__(self, *, agrees: bool, as_json: bool) -> None:
        self._agrees, self._out = agrees, sys.stderr if as_json else sys.stdout

    def say(self, text: str) -> None:
        """Print a line with the time (UTC)."""
        print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=self._out, flush=True)

    def confirm(self, question: str) -> bool:
        """Ask a person; without one, only `--yes` agrees."""
        if self._agrees:
            self.say(f"{question} yes (--yes)")
            return True
        if not sys.stdin.isatty():
            self.say(f"{question} Nobody is here to answer; add --yes to agree beforehand.")
            return False
        print(f"{question} [yes/no] ", end="", file=self._out, flush=True)
        return sys.stdin.readline().strip().lower() == "yes"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; ends with code 2 for wrong ones."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.deploy",
        usage="%(prog)s [options] {deploy,rollback,smoke,status} STAGE\n"
        "       %(prog)s [options] run STAGE -- COMMAND OF MANAGE.PY ...",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("deploy", "rollback", "smoke", "status", "run"))
    parser.add_argument("stage", help="pilot or production: deploy/params/STAGE.json")
    parser.add_argument(
        "--role", choices=ROLES, default="web", help="for run: whose settings and rights the command has"
    )
    parser.add_argument("--image", metavar="DIGEST", help="digest of the pushed image, sha256:...")
    parser.add_argument("--only", metavar="TEMPLATES", help=f"some of {','.join(ORDER)}")
    parser.add_argument("--dry-run", action="store_true", help="make the change sets, show and delete them")
    parser.add_argument("--yes", action="store_true", help="agree to all changes beforehand")
    parser.add_argument(
        "--allow", metavar="RESOURCE", action="append", default=[], help="may be replaced or removed"
    )
    parser.add_argument("--endpoint", metavar="URL", help="an emulator on this machine instead of AWS")
    parser.add_argument(
        "--smoke-url", metavar="URL", default="", help="test this address instead of HostName"
    )
    parser.add_argument("--json", action="store_true", help="print what was done as JSON; words go to stderr")
    own, words = split_at_dashes(arguments)
    options = parser.parse_args(own)
    options.words = words
    if options.image and not DIGEST.fullmatch(options.image):
        parser.error("--image takes a digest: sha256: and 64 hexadecimal digits, as `docker push` prints it")
    if options.endpoint and urlsplit(options.endpoint).hostname not in ("127.0.0.1", "localhost"):
        parser.error("--endpoint is for an emulator on this machine; AWS needs none")
    if (options.command == "run") != bool(options.words):
        parser.error("run, and only run, takes a command of manage.py: run STAGE -- leases list")
    options.only = tuple((options.only or ",".join(ORDER)).split(","))
    if unknown := set(options.only) - set(ORDER):
        parser.error(f"--only knows no {', '.join(sorted(unknown))}")
    return options


def split_at_dashes(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the arguments before the first `--`, and those after it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


class Setting(NamedTuple):
    """Files and pauses of the command, as far as they are not the usual ones.

    `params` replaces the file of the stage; `pause_s` are the seconds between looks at what goes on.
    """

    params: Params | None = None
    templates: Templates = Templates()
    pause_s: float = PAUSE_S


USUAL = Setting()


def make_release(
    options: argparse.Namespace, params: Params, conversation: Conversation, setting: Setting
) -> Release:
    """Return the release with clients of AWS, or of the emulator that the options name."""

    @cache
    def client(service: str, region: str = params.region) -> Any:
        return boto3.client(service, region_name=region, endpoint_url=options.endpoint)

    @cache
    def stacks(region: str) -> Stacks:
        cloudformation, s3 = client("cloudformation", region), client("s3", region)
        return Stacks(params.stage, setting.templates, cloudformation, s3, setting.pause_s)

    account = client("sts").get_caller_identity()["Account"]
    if account != params.account:
        raise RefusedError(
            f"These credentials are for the account {account}, {params.stage} is {params.account}."
        )
    return Release(
        params,
        setting.templates,
        stacks,
        client,
        conversation.say,
        conversation.confirm,
        options.allow,
        options.dry_run,
        setting.pause_s,
        options.smoke_url,
    )


def run(release: Release, options: argparse.Namespace) -> int:
    """Carry out the command; returns the code of the end."""
    if options.command == "deploy":
        return release.deploy(options.image, options.only)
    if options.command == "rollback":
        return release.rollback()
    if options.command == "status":
        return release.show_status()
    if options.command == "run":
        return release.run_command(options.role, options.words)
    release.smoke()
    return 0


def main(arguments: Sequence[str] | None = None, setting: Setting = USUAL) -> int:
    """Run the command with its arguments, by default those of the process, and return its code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    conversation = Conversation(agrees=options.yes, as_json=options.json)
    release: Release | None = None
    code = REFUSED
    try:
        params = setting.params or read_params(options.stage)
        check_params(params, setting.templates)
        release = make_release(options, params, conversation, setting)
        code = run(release, options)
    except RefusedError as error:
        conversation.say(f"REFUSED: {error}")
    except (StackError, OneOffError, SmokeTestError, BotoCoreError, ClientError) as error:
        conversation.say(f"FAILED: {error}")
        conversation.say("What to do: deploy/README.md, section 'When a deployment fails'.")
        code = FAILED
    except KeyboardInterrupt:
        conversation.say("Stopped here. A change that was executing goes on in AWS: look with `status`.")
        code = INTERRUPTED
    if options.json:
        done = release.done if release else []
        print(json.dumps({"command": options.command, "stage": options.stage, "code": code, "done": done}))  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
