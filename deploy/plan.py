"""Plans a deployment: order of the stacks, parameters, and what a person must look at. It calls nothing."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parent
STAGES = ("pilot", "production")
# Each template reads only what those before it have made.
ORDER = ("data", "network", "compute", "edge", "observe")
# Where certificate and firewall of CloudFront must be.
EDGE_REGION = "us-east-1"
NO_IMAGE = "none"
# Parameters of compute.yaml that the plan sets.
IMAGE, MIGRATE_IMAGE, PREVIOUS_IMAGE = "ImageDigest", "MigrateImageDigest", "PreviousImageDigest"
# Parameters that may stay null: without a digest, the first run makes the repository and no task.
OPTIONAL = frozenset({IMAGE})
# Stacks of these states take a change set; a stack in REVIEW_IN_PROGRESS does not exist yet.
CHANGEABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


class RefusedError(Exception):
    """Raised before anything is changed; its text says what is wrong and what to do."""


class Params(NamedTuple):
    """File of a stage: its name, the account (12 digits, None if not filled in), region and parameters."""

    stage: str
    account: str | None
    region: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """Stack as CloudFormation describes it."""

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


class Step(NamedTuple):
    """Step of a plan: `apply` a template with values of its own, `migrate`, or stop for an `image`."""

    kind: str
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Change(NamedTuple):
    """Change of one resource, as a change set lists it; replacement is `True`, `False` or `Conditional`."""

    action: str
    name: str
    kind: str
    replacement: str = "False"


# Parameters of a template are indented by two spaces; the next part begins at the margin.
_PARAMETERS = re.compile(r"^Parameters:\n(.*?)^(?=\S)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^  (\w+):", re.MULTILINE)


class Templates(NamedTuple):
    """Folder with the five templates."""

    folder: Path = FOLDER / "templates"

    def read(self, template: str) -> str:
        """Return the text of a template."""
        return (self.folder / f"{template}.yaml").read_text()

    def list_declared(self, template: str) -> dict[str, bool]:
        """Return the parameters that a template declares, each with whether it has a default."""
        (block,) = _PARAMETERS.findall(self.read(template))
        _, *parts = _NAME.split(block)
        return {name: "Default:" in entry for name, entry in zip(parts[::2], parts[1::2], strict=True)}


def read_params(stage: str, folder: Path = FOLDER / "params") -> Params:
    """Return the parameters of a stage; raises `RefusedError` for the local ones and for a damaged file."""
    if stage not in STAGES:
        raise RefusedError(
            f"{stage} is no stage of AWS: params/local.json is for the emulator, which `make demo` starts."
        )
    path = folder / f"{stage}.json"
    try:
        params = Params(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise RefusedError(f"{path.name} cannot be read: {error}") from error
    if params.stage != stage:
        raise RefusedError(f"{path.name} is for the stage {params.stage}, not for {stage}.")
    return params


def check_params(params: Params, templates: Templates) -> None:
    """Raise `RefusedError` that lists what is not filled in, and parameters that no template declares."""
    declared = {name for template in ORDER for name in templates.list_declared(template)}
    missing = [name for name, value in params.parameters.items() if value is None and name not in OPTIONAL]
    if params.account is None:
        missing.insert(0, "account")
    if missing:
        raise RefusedError(f"Fill in deploy/params/{params.stage}.json: {', '.join(missing)}.")
    if unknown := sorted(set(params.parameters) - declared):
        raise RefusedError(f"No template declares {', '.join(unknown)}.")


def name_stack(stage: str, template: str) -> str:
    """Return the name of a stack."""
    return f"swiftlogix-{stage}-{template}"


def choose_parameters(
    declared: Mapping[str, bool], params: Params, outputs: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of a template: from the stage's file, outputs of compute, the step's own values.

    `declared` are the parameters that the template takes, each with whether it has a default. Raises
    `RefusedError` for a parameter without a value.
    """
    known = {name: str(value) for name, value in params.parameters.items() if value is not None}
    known |= {"Stage": params.stage, "PublicUrl": f"https://{known.get('HostName', '')}"}
    if "BalancerArn" in outputs:
        known |= {name: outputs[name] for name in ("BalancerArn", "BalancerHost")}
    known |= values
    missing = [name for name, has_default in declared.items() if not has_default and name not in known]
    if missing:
        raise RefusedError(f"The template has no value for {', '.join(missing)}.")
    return {name: known[name] for name in declared if name in known}


def list_steps(compute: Stack | None, image: str, only: Sequence[str] = ORDER) -> Iterator[Step]:
    """Yield the steps of a deployment.

    A new image first comes to the task `migrate` alone: migrations only expand the schema, so the services of
    the image before go on meanwhile. Then the services get it. Without an image the plan stops after compute,
    which has made the repository by then.

    Arguments: the stack of compute as it is (None if there is none), the digest wanted (`none` if there is
    none), the templates to apply.
    """
    found = compute.parameters if compute else {}
    running, previous = found.get(IMAGE, NO_IMAGE), found.get(PREVIOUS_IMAGE, NO_IMAGE)
    for template in ORDER:
        if template not in only:
            continue
        if template != "compute":
            yield Step("apply", template)
            continue
        if image == NO_IMAGE:
            yield Step(
                "apply", template, _images(NO_IMAGE, NO_IMAGE, NO_IMAGE), "the repository, no task yet"
            )
            yield Step("image", template)
            return
        if image != running:
            yield Step(
                "apply", template, _images(running, image, previous), "the new image for migrate alone"
            )
            yield Step("migrate", template)
            previous = running
        yield Step("apply", template, _images(image, image, previous), "the image for all services")


def plan_rollback(compute: Stack | None) -> Step:
    """Return the step that gives all services the image before; raises `RefusedError` if there is none."""
    previous = compute.parameters.get(PREVIOUS_IMAGE, NO_IMAGE) if compute else NO_IMAGE
    if previous == NO_IMAGE:
        raise RefusedError(
            "There is no image to go back to: the stack of compute knows of none before this one."
        )
    return Step("apply", "compute", _images(previous, previous, NO_IMAGE), "the image before")


def judge_status(stack: str, status: str | None) -> str:
    """Return the type of change set that a stack takes, `CREATE` or `UPDATE`.

    Raises `RefusedError` that says what to do for a stack that takes none.
    """
    if status is None or status == "REVIEW_IN_PROGRESS":
        return "CREATE"
    if status in CHANGEABLE:
        return "UPDATE"
    if status.endswith("IN_PROGRESS"):
        raise RefusedError(f"{stack} is being changed ({status}). Wait until it is done, then start again.")
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        raise RefusedError(
            f"{stack} was never made whole ({status}). Read its events, then delete it and start again:"
            f" aws cloudformation delete-stack --stack-name {stack}"
        )
    raise RefusedError(
        f"{stack} is stuck ({status}). Mend what its events name, then:"
        f" aws cloudformation continue-update-rollback --stack-name {stack}"
    )


def describe_change(change: Change) -> str:
    """Return a change in words, as `REPLACE Balancer (AWS::ElasticLoadBalancingV2::LoadBalancer)`."""
    verb = {"Add": "add", "Remove": "REMOVE", "Import": "import", "Dynamic": "perhaps change"}.get(
        change.action, "change"
    )
    if change.action == "Modify" and change.replacement != "False":
        verb = "REPLACE" if change.replacement == "True" else "perhaps REPLACE"
    return f"{verb} {change.name} ({change.kind})"


# What a person looks at before it goes: other resources lose nothing when they are made anew.
KEEPS_DATA = (
    "AWS::Kinesis::Stream",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::SecretsManager::Secret",
    "AWS::ECR::Repository",
    "AWS::EC2::VPC",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::CloudFront::Distribution",
)


def find_dangerous(changes: Sequence[Change], allowed: Sequence[str] = ()) -> list[str]:
    """Return the resources with data or addresses that would be removed or replaced, and are not allowed."""
    return [
        change.name
        for change in changes
        if change.kind in KEEPS_DATA
        and (change.action == "Remove" or (change.action == "Modify" and change.replacement != "False"))
        and change.name not in allowed
    ]


def _images(services: str, migrate: str, previous: str) -> tuple[tuple[str, str], ...]:
    return ((IMAGE, services), (MIGRATE_IMAGE, migrate), (PREVIOUS_IMAGE, previous))
