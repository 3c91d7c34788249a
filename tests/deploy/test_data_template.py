"""Validity of deploy/templates/data.yaml, and its agreement with the settings and the domain."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.deploy.templates import TEMPLATES
from tracking.domain.bus_rules import BUS_RULES
from tracking.domain.events import CHANGE_TYPES
from tracking.domain.status import SUBSTATUSES, Status

RESOURCES = TEMPLATES["data"]["Resources"]


def of_type(kind: str) -> dict:
    return {name: entry for name, entry in RESOURCES.items() if entry["Type"] == kind}


def physical_name(entry: dict, key: str) -> str:
    return entry["Properties"][key]["Fn::Sub"].replace("${Stage}", settings.STAGE)


def names_of(kind: str, key: str) -> set[str]:
    return {physical_name(entry, key) for entry in of_type(kind).values()}


# Queue that a topic of the e-mail provider feeds, not the bus.
FED_BY_TOPIC = "mailfeedback"
RULES = of_type("AWS::Events::Rule")
TABLES = of_type("AWS::DynamoDB::Table")
QUEUES = of_type("AWS::SQS::Queue")


def matched_values(pattern: object, field: str) -> Iterator[str]:
    """Yield every literal that a pattern compares `field` with, including those of `anything-but`."""
    if isinstance(pattern, list):
        for entry in pattern:
            yield from matched_values(entry, field)
    elif isinstance(pattern, dict):
        for key, value in pattern.items():
            if key == field:
                yield from _literals(value)
            else:
                yield from matched_values(value, field)


def _literals(matchers: list) -> Iterator[str]:
    for matcher in matchers:
        if isinstance(matcher, str):
            yield matcher
        else:
            yield from matcher.get("anything-but", [])


def pattern_of(logical_name: str) -> dict:
    return RULES[logical_name]["Properties"]["EventPattern"]


def test_the_template_creates_exactly_the_names_of_the_settings():
    names = settings.AWS_NAMES
    assert names_of("AWS::Kinesis::Stream", "Name") == {names["stream"]}
    assert names_of("AWS::DynamoDB::Table", "TableName") == {names["tracking_table"], names["leases_table"]}
    assert names_of("AWS::Events::EventBus", "Name") == {names["bus"]}
    assert names_of("AWS::SQS::Queue", "QueueName") == {
        *names["queues"].values(),
        *names["dead_letter_queues"].values(),
    }
    assert names_of("AWS::SNS::Topic", "TopicName") == set(names["topics"].values())
    assert names_of("AWS::S3::Bucket", "BucketName") == {names["bucket"]}


def test_each_queue_of_the_bus_has_a_rule_of_its_name_and_one_more_feeds_the_topic():
    of_the_bus = {name: queue for name, queue in settings.AWS_NAMES["queues"].items() if name != FED_BY_TOPIC}
    assert names_of("AWS::Events::Rule", "Name") == {
        *of_the_bus.values(),
        settings.AWS_NAMES["topics"]["changes"],
    }


def test_the_rules_of_the_code_are_those_of_the_template():
    in_template = {
        rule["Properties"]["Name"]["Fn::Sub"].removeprefix("swiftlogix-${Stage}-"): (
            rule["Properties"]["EventPattern"],
            [target_of(target) for target in rule["Properties"]["Targets"]],
        )
        for rule in RULES.values()
    }
    assert in_template == {rule.name: (rule.pattern, [rule.target]) for rule in BUS_RULES}


def target_of(target: dict) -> str:
    """Return the kind of a target and the resource it names, as `queue notify`."""
    arn = target["Arn"]
    return f"{target['Id']} {(arn['Ref'] if 'Ref' in arn else arn['Fn::GetAtt'][0]).lower()}"


def test_feedback_on_emails_goes_from_its_topic_to_its_queue_without_an_envelope():
    (subscription,) = of_type("AWS::SNS::Subscription").values()
    assert subscription["Properties"] == {
        "TopicArn": {"Ref": "MailFeedbackTopic"},
        "Protocol": "sqs",
        "Endpoint": {"Fn::GetAtt": ["MailFeedback", "Arn"]},
        "RawMessageDelivery": True,
    }
    allowed = {
        policy: RESOURCES[policy]["Properties"]["PolicyDocument"]["Statement"][0]
        for policy in ("MailFeedbackPolicy", "MailFeedbackTopicPolicy")
    }
    senders = {policy: (found["Principal"], found["Condition"]) for policy, found in allowed.items()}
    assert senders == {
        "MailFeedbackPolicy": (
            {"Service": "sns.amazonaws.com"},
            {"ArnEquals": {"aws:SourceArn": {"Ref": "MailFeedbackTopic"}}},
        ),
        "MailFeedbackTopicPolicy": (
            {"Service": "ses.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        ),
    }


def test_patterns_contain_only_types_of_the_domain():
    types = {f"shipment.{kind}" for kind in CHANGE_TYPES}
    used = {word for name in RULES for word in matched_values(pattern_of(name), "detail-type")}
    assert used == types


def test_patterns_contain_only_statuses_and_milestones_of_the_domain():
    statuses = {word for name in RULES for word in matched_values(pattern_of(name), "status")}
    substatuses = {word for name in RULES for word in matched_values(pattern_of(name), "substatus")}
    assert statuses == set(Status)
    assert substatuses <= set().union(*SUBSTATUSES.values())


def test_the_catch_all_leaves_out_every_type_and_status_of_the_code():
    pattern = pattern_of("UnroutedRule")
    assert sorted(matched_values(pattern, "detail-type")) == sorted(
        f"shipment.{kind}" for kind in CHANGE_TYPES
    )
    assert sorted(matched_values(pattern, "status")) == sorted(Status)


@pytest.mark.parametrize("name", RULES)
def test_a_failed_delivery_is_tried_twenty_times_in_an_hour_and_then_goes_to_the_dead_letters(name):
    (target,) = RULES[name]["Properties"]["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["BusDlq", "Arn"]}}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600}


@pytest.mark.parametrize("name", RULES)
def test_the_policy_of_a_target_allows_only_its_rule(name):
    (target,) = RULES[name]["Properties"]["Targets"]
    policies = of_type("AWS::SQS::QueuePolicy") | of_type("AWS::SNS::TopicPolicy")
    allowing = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for policy in policies.values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Resource"] == target["Arn"]
    ]
    assert allowing == [{"Fn::GetAtt": [name, "Arn"]}]


def test_every_rule_may_send_to_the_dead_letters_of_the_bus():
    statements = RESOURCES["BusDlqPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    sources = statements[0]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert sources == [{"Fn::GetAtt": [name, "Arn"]} for name in RULES]


@pytest.mark.parametrize("name", [name for name in QUEUES if not name.endswith("Dlq")])
def test_a_work_queue_gives_ten_tries_and_then_its_own_dead_letters(name):
    properties = QUEUES[name]["Properties"]
    assert properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [f"{name}Dlq", "Arn"]},
        "maxReceiveCount": 10,
    }
    assert (properties["VisibilityTimeout"], properties["ReceiveMessageWaitTimeSeconds"]) == (60, 10)


def test_queues_keep_messages_fourteen_days():
    periods = {name: entry["Properties"]["MessageRetentionPeriod"] for name, entry in QUEUES.items()}
    assert periods == dict.fromkeys(QUEUES, 14 * 24 * 3600)


@pytest.mark.parametrize("name", TABLES)
def test_rows_of_a_table_are_deleted_only_by_expiry(name):
    table = TABLES[name]
    properties = table["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["Cloud", True, False]}
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_capacity_that_is_provisioned_is_scaled_within_bounds_for_the_table_and_each_index():
    targets = of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    table = RESOURCES["Tracking"]["Properties"]
    scaled = {
        (
            entry["Properties"]["ResourceId"]["Fn::Sub"]
            .removeprefix("table/${Tracking}")
            .removeprefix("/index/"),
            entry["Properties"]["ScalableDimension"].rpartition(":")[2],
            entry["Condition"],
            entry["Properties"]["MinCapacity"],
            entry["Properties"]["MaxCapacity"],
        )
        for entry in targets.values()
    }
    names = ["", *(index["IndexName"] for index in table["GlobalSecondaryIndexes"])]
    assert scaled == {
        (name, f"{kind}CapacityUnits", "Provisioned", 100, 10_000)
        for name in names
        for kind in ("Read", "Write")
    }
    assert all("ProvisionedThroughput" in one for one in (table, *table["GlobalSecondaryIndexes"]))
    policies = of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
    assert {policy["Properties"]["ScalingTargetId"]["Ref"] for policy in policies.values()} == set(targets)


def test_the_archive_of_the_bus_is_created_only_in_the_cloud():
    assert {name: entry["Condition"] for name, entry in of_type("AWS::Events::Archive").items()} == {
        "BusArchive": "Cloud"
    }
