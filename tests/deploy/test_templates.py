"""Rules that hold for every template of deploy/: names across stacks, containers, permissions, logs."""

import json
from typing import Any

import pytest
from django.conf import settings

from swiftlogix.entrypoint import ONE_OFF, complete_environment
from swiftlogix.entrypoint import ROLES as STARTED
from tests.deploy.templates import FOLDER, NAMES, TEMPLATES, find_values, list_resources
from tests.yaml_texts import read_yaml

ENV_EXAMPLE = settings.BASE_DIR / ".env.example"
# Where AWS knows no resource to name; each with the reason in the template.
ALLOWED_EVERYWHERE = {
    "ecr:GetAuthorizationToken",
    "xray:PutTraceSegments",
    "cloudwatch:DescribeAlarms",
}
# A new image comes to the task migrate first.
IMAGES = {"migrate": "MigrateImageDigest"}
TASKS = [
    (name.removesuffix("Task").split("/")[1].lower(), task)
    for name, task in list_resources("AWS::ECS::TaskDefinition")
]


def container_of(task: dict[str, Any]) -> dict[str, Any]:
    """Return the container of the product; that of the collector of traces follows it."""
    container, *_ = task["Properties"]["ContainerDefinitions"]
    return container


def list_statements() -> list[tuple[str, dict[str, Any]]]:
    """Return each statement of each policy of a role, with the role's name."""
    return [
        (name, statement)
        for name, role in list_resources("AWS::IAM::Role")
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_read_here_as_cfn_lint_reads_it(name):
    # Seconds to import.
    from cfnlint.decode import decode

    read, problems = decode(str(FOLDER / f"{name}.yaml"))
    assert (problems, read) == ([], TEMPLATES[name])


def test_what_one_stack_imports_another_one_exports():
    exported = {json.dumps(export["Name"]) for export in find_values(TEMPLATES, "Export")}
    imported = {json.dumps(value) for value in find_values(TEMPLATES, "Fn::ImportValue")}
    assert imported - exported == set()


def test_each_role_of_the_product_has_a_task_and_each_task_a_role():
    assert {role for role, _ in TASKS} == set(STARTED) - {"check", "command"}


@pytest.mark.parametrize(("role", "task"), TASKS, ids=[role for role, _ in TASKS])
def test_a_container_has_no_rights_and_changes_nothing_but_its_temporary_folder(role, task):
    container = container_of(task)
    assert {
        "command": container["Command"],
        "user": container["User"],
        "read only": container["ReadonlyRootFilesystem"],
        "dropped": container["LinuxParameters"]["Capabilities"],
        "mounts": container["MountPoints"],
        "image": container["Image"],
    } == {
        "command": [role],
        "user": "10001",
        "read only": True,
        "dropped": {"Drop": ["ALL"]},
        "mounts": [{"SourceVolume": "temporary", "ContainerPath": "/tmp"}],
        "image": {"Fn::Sub": f"${{Repository.RepositoryUri}}@${{{IMAGES.get(role, 'ImageDigest')}}}"},
    }


def test_each_role_has_the_time_to_drain_that_it_needs():
    limits = {role: container_of(task)["StopTimeout"] for role, task in TASKS}
    assert limits == {"web": 60, "shards": 30, "queues": 120, "beat": 15, "migrate": 120}


@pytest.mark.parametrize(("role", "task"), TASKS, ids=[role for role, _ in TASKS])
def test_a_task_sets_only_variables_that_the_settings_or_the_entrypoint_read(role, task):
    container = container_of(task)
    names = {entry["Name"] for entry in (*container["Environment"], *container["Secrets"])}
    read = {
        line.lstrip("#").split("=")[0]
        for line in ENV_EXAMPLE.read_text().splitlines()
        if "=" in line and not line.startswith("# ")
    }
    completed = complete_environment(role, dict.fromkeys(names, "x" * 40))
    own = {"DATABASE_HOST", "VALKEY_HOST", "DATABASE_PASSWORD", "VALKEY_PASSWORD"}
    assert names - own - read == set()
    assert {"DATABASE_URL", "REDIS_URL", "ROLE"} <= set(completed)


def test_beat_is_never_there_twice():
    (beat,) = [entry for name, entry in list_resources("AWS::ECS::Service") if name == "compute/BeatService"]
    deployment = beat["Properties"]["DeploymentConfiguration"]
    assert (
        beat["Properties"]["DesiredCount"],
        deployment["MinimumHealthyPercent"],
        deployment["MaximumPercent"],
    ) == (1, 0, 100)


def test_each_service_that_scales_has_a_least_and_a_most_and_beat_does_not_scale():
    targets = dict(list_resources("AWS::ApplicationAutoScaling::ScalableTarget"))
    services = {name for name in targets if name.startswith("compute/")}
    assert services == {"compute/WebScaling", "compute/ShardsScaling", "compute/QueuesScaling"}
    unbounded = [
        name
        for name, entry in targets.items()
        if not {"MinCapacity", "MaxCapacity"} <= set(entry["Properties"])
    ]
    assert unbounded == []


def test_the_balancer_closes_idle_connections_before_the_web_role_does():
    from swiftlogix.web import KEEP_ALIVE_S

    (balancer,) = [entry for _, entry in list_resources("AWS::ElasticLoadBalancingV2::LoadBalancer")]
    attributes = {entry["Key"]: entry["Value"] for entry in balancer["Properties"]["LoadBalancerAttributes"]}
    assert int(attributes["idle_timeout.timeout_seconds"]) < KEEP_ALIVE_S


def test_every_log_group_has_a_retention():
    kept = {
        name: entry["Properties"].get("RetentionInDays")
        for name, entry in list_resources("AWS::Logs::LogGroup")
    }
    assert set(kept.values()) == {30}


def test_no_permission_holds_for_everything():
    everywhere = [
        action
        for _, statement in list_statements()
        if statement["Effect"] == "Allow" and statement.get("Resource") == "*"
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
    ]
    actions = {
        action for _, statement in list_statements() for action in statement["Action"] if "*" in action
    }
    assert (set(everywhere), actions) == (ALLOWED_EVERYWHERE, set())


def test_one_off_roles_and_beat_may_nothing_in_aws():
    roles = {name: entry["Properties"].get("Policies") for name, entry in list_resources("AWS::IAM::Role")}
    assert {name: roles[f"compute/{name}"] for name in ("BeatRole", "MigrateRole")} == {
        "BeatRole": None,
        "MigrateRole": None,
    }
    assert set(ONE_OFF) == {"migrate", "check", "command"}


def test_the_edge_passes_on_nothing_that_is_not_part_of_the_cache_key():
    """Else an answer about an unknown parameter would be kept for all readers of the shipment."""
    resources = TEMPLATES["edge"]["Resources"]
    key = resources["TrackingCache"]["Properties"]["CachePolicyConfig"]
    passed = resources["TrackingRequest"]["Properties"]["OriginRequestPolicyConfig"]
    assert key["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"] == {
        "QueryStringBehavior": "whitelist",
        "QueryStrings": ["lang"],
    }
    assert (passed["QueryStringsConfig"], passed["CookiesConfig"]) == (
        {"QueryStringBehavior": "none"},
        {"CookieBehavior": "none"},
    )
    assert key["MaxTTL"] == 60


def test_the_collector_of_traces_may_end_without_the_task_and_has_no_rights_either():
    beside = {role: task["Properties"]["ContainerDefinitions"][1:] for role, task in TASKS}
    assert {role: len(found) for role, found in beside.items()} == {
        "web": 0,
        "shards": 1,
        "queues": 1,
        "beat": 0,
        "migrate": 0,
    }
    for condition, collector, absent in (found[0]["Fn::If"] for found in beside.values() if found):
        assert (condition, absent) == ("HasCollector", {"Ref": "AWS::NoValue"})
        assert {
            "essential": collector["Essential"],
            "user": collector["User"],
            "read only": collector["ReadonlyRootFilesystem"],
            "dropped": collector["LinuxParameters"]["Capabilities"],
            "image": collector["Image"],
        } == {
            "essential": False,
            "user": "10001",
            "read only": True,
            "dropped": {"Drop": ["ALL"]},
            "image": {"Ref": "CollectorImage"},
        }


def test_the_template_has_the_configuration_of_the_collector_and_it_listens_where_spans_are_sent():
    config = (FOLDER.parent / "otel" / "collector.yaml").read_text()
    assert TEMPLATES["compute"]["Mappings"]["Collector"]["Config"]["Text"] == config
    receivers = read_yaml(config)["receivers"]
    assert receivers == {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:4318"}}}}
