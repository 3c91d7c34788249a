"""AWS resources in the emulator: created from the template, completed, safe to apply again."""

import pytest
from django.conf import settings

from laboratory.local.errors import LocalError
from laboratory.local.stack import apply_stack, find_missing
from tracking.adapters.aws import build_client

NAMES = settings.AWS_NAMES


def test_the_template_creates_everything_that_the_settings_name(local_aws):
    assert find_missing() == []


def test_rows_expire_although_the_emulator_ignores_that_part_of_the_template(local_aws):
    dynamodb = build_client("dynamodb")
    tables = (NAMES["tracking_table"], NAMES["leases_table"])
    descriptions = [
        dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] for name in tables
    ]
    assert descriptions == [{"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}] * 2


def test_applying_the_template_again_keeps_the_data(local_aws):
    dynamodb = build_client("dynamodb")
    row = {"stream": {"S": "kept"}, "entry": {"S": "kept"}}
    dynamodb.put_item(TableName=NAMES["leases_table"], Item=row)
    apply_stack()
    assert dynamodb.get_item(TableName=NAMES["leases_table"], Key=row)["Item"] == row


def test_a_changed_template_updates_the_resources(local_aws, tmp_path):
    changed = tmp_path / "data.yaml"
    original = (settings.BASE_DIR / "deploy/templates/data.yaml").read_text()
    changed.write_text(original.replace("Changes that a recipient may be notified of.", "Changed."))
    apply_stack(changed)
    events = build_client("events")
    rule = {"Name": NAMES["queues"]["notify"], "EventBusName": NAMES["bus"]}
    assert events.describe_rule(**rule)["Description"] == "Changed."
    apply_stack()
    assert events.describe_rule(**rule)["Description"] == "Changes that a recipient may be notified of."


def test_a_missing_resource_is_named_although_the_stack_reports_success(local_aws):
    sns = build_client("sns")
    arn = f"arn:aws:sns:{settings.AWS_REGION}:000000000000:{NAMES['topics']['mail']}"
    sns.delete_topic(TopicArn=arn)
    with pytest.raises(LocalError, match="these are missing: swiftlogix-local-mail"):
        apply_stack()
    sns.create_topic(Name=NAMES["topics"]["mail"])
