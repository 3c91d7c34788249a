"""Parameters of the stages: templates are valid with them, and what is missing is refused by name."""

import hashlib
import re
from importlib.metadata import version
from typing import Any

import pytest
from django.conf import settings

from deploy.plan import (
    EDGE_REGION,
    STAGES,
    Params,
    RefusedError,
    Templates,
    check_params,
    choose_parameters,
    read_params,
)
from laboratory.local.stack import read_local_parameters
from tests.deploy.templates import FOLDER, NAMES, TEMPLATES
from tests.long_runs import LONG

# Values that only an account has.
EXAMPLES = {
    "HostName": "track.example.com",
    "OriginCertificateArn": "arn:aws:acm:ap-south-1:123456789012:certificate/1",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "ImageDigest": f"sha256:{'1' * 64}",
    "PageAddress": "page@example.com",
    "TicketAddress": "ticket@example.com",
}
BALANCER = {
    "BalancerArn": "arn:aws:elasticloadbalancing:ap-south-1:123456789012:loadbalancer/app/swiftlogix/1",
    "BalancerHost": "internal-swiftlogix.ap-south-1.elb.amazonaws.com",
}
TEMPLATE_FILES = Templates()
COMBINATIONS = [(name, stage) for name in NAMES for stage in STAGES]
# cfn-lint takes seconds for each: the stages differ in values alone, so that only a long run takes each.
LINTED = COMBINATIONS if LONG else [(name, STAGES[-1]) for name in NAMES]


def fill_in(stage: str) -> Params:
    params = read_params(stage)
    return params._replace(account="123456789012", parameters=params.parameters | EXAMPLES)


def choose(name: str, stage: str) -> dict[str, str]:
    return choose_parameters(TEMPLATE_FILES.list_declared(name), fill_in(stage), BALANCER, {})


def lint(cache: Any, name: str, parameters: dict[str, str]) -> list[str]:
    """Return the findings of cfn-lint; those of an unchanged template are kept from run to run."""
    text = (FOLDER / f"{name}.yaml").read_text()
    digest = hashlib.sha256(
        repr((version("cfn-lint"), text, sorted(parameters.items()))).encode()
    ).hexdigest()
    found = cache.get(f"cfn-lint/{digest}", None)
    if found is None:
        region = EDGE_REGION if name == "edge" else settings.AWS_REGION
        # Seconds to import, which a kept finding saves.
        from cfnlint.config import ConfigMixIn
        from cfnlint.runner import Runner

        config = ConfigMixIn(
            ["--regions", region], templates=[str(FOLDER / f"{name}.yaml")], parameters=[parameters]
        )
        found = [str(match) for match in Runner(config).run()]
        cache.set(f"cfn-lint/{digest}", found)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stage"), LINTED)
def test_cfn_lint_accepts_each_template_with_the_parameters_of_each_stage(name, stage, request):
    assert lint(request.config.cache, name, choose(name, stage)) == []


@pytest.mark.slow
def test_cfn_lint_accepts_what_the_emulator_gets_and_refuses_a_parameter_that_is_missing(request):
    local = {entry["ParameterKey"]: entry["ParameterValue"] for entry in read_local_parameters()}
    assert lint(request.config.cache, "data", local) == []
    (found,) = lint(request.config.cache, "network", {})
    assert "'Stage' is a required property" in found


def find_bad_values(name: str, parameters: dict[str, str]) -> list[str]:
    """Return the parameters whose values the template would refuse when it is applied."""
    return [
        parameter
        for parameter, value in parameters.items()
        if not fits(TEMPLATES[name]["Parameters"][parameter], value)
    ]


def fits(declared: dict[str, Any], value: str) -> bool:
    if declared["Type"] == "Number":
        number = float(value)
        return declared.get("MinValue", number) <= number <= declared.get("MaxValue", number) and (
            number in map(float, declared.get("AllowedValues", [number]))
        )
    return value in declared.get("AllowedValues", [value]) and bool(
        re.fullmatch(declared.get("AllowedPattern", ".*"), value)
    )


def test_the_values_of_each_stage_are_within_what_the_templates_allow():
    bad = {(name, stage): find_bad_values(name, choose(name, stage)) for name, stage in COMBINATIONS}
    assert bad == {key: [] for key in bad}
    assert find_bad_values("data", {"Shards": "201", "Stage": "test", "RetentionHours": "168"}) == [
        "Shards",
        "Stage",
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_names_all_that_is_not_filled_in(stage):
    with pytest.raises(RefusedError) as refused:
        check_params(read_params(stage), TEMPLATE_FILES)
    assert str(refused.value) == (
        f"Fill in deploy/params/{stage}.json: account, HostName, OriginCertificateArn, CertificateArn,"
        " PageAddress, TicketAddress."
    )
    check_params(fill_in(stage), TEMPLATE_FILES)


def test_a_parameter_that_no_template_declares_is_refused():
    params = fill_in("pilot")
    with pytest.raises(RefusedError, match=r"No template declares Shard\."):
        check_params(params._replace(parameters=params.parameters | {"Shard": 2}), TEMPLATE_FILES)


def test_the_parameters_of_the_emulator_are_refused_on_aws(tmp_path):
    with pytest.raises(RefusedError, match=r"^local is no stage of AWS"):
        read_params("local")
    (tmp_path / "pilot.json").write_text(
        '{"stage": "local", "account": null, "region": "x", "parameters": {}}'
    )
    with pytest.raises(RefusedError, match=r"pilot.json is for the stage local, not for pilot\."):
        read_params("pilot", tmp_path)
    (tmp_path / "pilot.json").write_text("{")
    with pytest.raises(RefusedError, match=r"pilot.json cannot be read: Expecting"):
        read_params("pilot", tmp_path)


def test_production_has_the_shards_that_its_promise_needs():
    """5,000 events a second need five shards; twice that, since vehicles are spread unevenly."""
    assert read_params("production").parameters["Shards"] == 10
