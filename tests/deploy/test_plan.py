"""Plans of deployments, by tables: the steps, what stops them, and what is dangerous."""

import pytest

from deploy.plan import (
    Change,
    RefusedError,
    Stack,
    describe_change,
    find_dangerous,
    judge_status,
    list_steps,
    plan_rollback,
)
from deploy.release import describe_step

OLD, NEW = (f"sha256:{digit * 64}" for digit in "12")
TABLE = "AWS::DynamoDB::Table"


def compute(image: str, previous: str = "none") -> Stack:
    parameters = {"ImageDigest": image, "MigrateImageDigest": image, "PreviousImageDigest": previous}
    return Stack("UPDATE_COMPLETE", parameters, {})


def images(step) -> tuple[str, str, str]:
    values = dict(step.values)
    return values["ImageDigest"], values["MigrateImageDigest"], values["PreviousImageDigest"]


@pytest.mark.parametrize(
    ("stack", "image", "words"),
    [
        (
            None,
            "none",
            ["data", "network", "compute (the repository, no task yet)", "stop, since there is no image"],
        ),
        (
            compute("none"),
            NEW,
            [
                "data",
                "network",
                "compute (the new image for migrate alone)",
                "the task migrate",
                "compute (the image for all services)",
                "edge",
                "observe",
            ],
        ),
        (compute(OLD), OLD, ["data", "network", "compute (the image for all services)", "edge", "observe"]),
    ],
)
def test_the_steps_follow_from_the_image_that_runs_and_the_one_that_is_wanted(stack, image, words):
    assert [describe_step(step) for step in list_steps(stack, image)] == words


def test_the_services_keep_their_image_until_migrate_has_run_with_the_new_one():
    steps = list(list_steps(compute(OLD), NEW, only=["compute"]))
    assert [step.kind for step in steps] == ["apply", "migrate", "apply"]
    assert images(steps[0]) == (OLD, NEW, "none")
    assert images(steps[2]) == (NEW, NEW, OLD)


def test_a_deployment_that_ended_at_migrate_runs_it_again():
    interrupted = Stack("UPDATE_COMPLETE", {"ImageDigest": OLD, "MigrateImageDigest": NEW}, {})
    assert [step.kind for step in list_steps(interrupted, NEW, only=["compute"])] == [
        "apply",
        "migrate",
        "apply",
    ]


def test_another_deployment_of_the_same_image_keeps_the_way_back():
    (step,) = list_steps(compute(NEW, previous=OLD), NEW, only=["compute"])
    assert images(step) == (NEW, NEW, OLD)


def test_the_way_back_is_the_image_before_and_is_gone_afterwards():
    assert images(plan_rollback(compute(NEW, previous=OLD))) == (OLD, OLD, "none")
    for stack in (None, compute(OLD)):
        with pytest.raises(RefusedError, match="no image to go back to"):
            plan_rollback(stack)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (None, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
    ],
)
def test_a_stack_is_made_or_changed(status, kind):
    assert judge_status("s", status) == kind


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_IN_PROGRESS", "Wait until it is done"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Wait until it is done"),
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name s"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name s"),
    ],
)
def test_a_stack_that_takes_no_change_comes_with_what_to_do(status, advice):
    with pytest.raises(RefusedError, match=advice):
        judge_status("s", status)


@pytest.mark.parametrize(
    ("change", "words", "is_dangerous"),
    [
        (Change("Add", "Tracking", TABLE), f"add Tracking ({TABLE})", False),
        (Change("Modify", "Tracking", TABLE), f"change Tracking ({TABLE})", False),
        (Change("Modify", "Tracking", TABLE, "True"), f"REPLACE Tracking ({TABLE})", True),
        (Change("Modify", "Tracking", TABLE, "Conditional"), f"perhaps REPLACE Tracking ({TABLE})", True),
        (Change("Remove", "Tracking", TABLE), f"REMOVE Tracking ({TABLE})", True),
        (Change("Remove", "Alarm", "AWS::CloudWatch::Alarm"), "REMOVE Alarm (AWS::CloudWatch::Alarm)", False),
    ],
)
def test_a_change_that_would_lose_data_is_seen(change, words, is_dangerous):
    assert describe_change(change) == words
    assert find_dangerous([change]) == (["Tracking"] if is_dangerous else [])
    assert find_dangerous([change], allowed=["Tracking"]) == []
