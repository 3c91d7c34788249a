"""Entrypoint of a container: commands of the roles, and addresses made from hosts and passwords."""

import subprocess
import sys

import pytest

from swiftlogix.entrypoint import ROLES, RefusedError, complete_environment, list_arguments

GIVEN = {
    "DATABASE_HOST": "database.internal",
    "DATABASE_PASSWORD": "a/b:c@d",
    "VALKEY_HOST": "valkey.internal",
    "VALKEY_PASSWORD": "e/f",
    "STAGE": "production",
}


def test_addresses_are_made_from_hosts_and_passwords_which_then_stand_nowhere_else():
    assert complete_environment("web", GIVEN) == {
        "STAGE": "production",
        "ROLE": "web",
        "DATABASE_HOST": "database.internal",
        "VALKEY_HOST": "valkey.internal",
        "DATABASE_URL": "postgres://swiftlogix:a%2Fb%3Ac%40d@database.internal:5432/swiftlogix?sslmode=require",
        "REDIS_URL": "rediss://:e%2Ff@valkey.internal:6379",
    }


def test_given_addresses_are_kept():
    given = {"DATABASE_URL": "postgres://there", "REDIS_URL": "redis://there"}
    assert complete_environment("beat", given) == given | {"ROLE": "beat"}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_starts_with_a_variable_that_keeps_celery_from_ending(role):
    with pytest.raises(RefusedError, match=r"REMAP_SIGTERM is set: .*; unset it"):
        complete_environment(role, {"REMAP_SIGTERM": "SIGQUIT"})


def test_slots_decide_the_number_of_threads():
    worker = ("-m", "celery", "-A", "swiftlogix", "worker", "-Q")
    pool = ("--prefetch-multiplier", "1", "--loglevel=WARNING")
    assert list_arguments("shards", {"SHARD_SLOTS": "3"}) == (
        *worker,
        "shards",
        "-P",
        "threads",
        "-c",
        "5",
        *pool,
    )
    assert list_arguments("queues", {}) == (*worker, "listeners,short", "-P", "threads", "-c", "24", *pool)


def test_a_command_gets_its_words_and_no_other_role_gets_any():
    words = ["quarantine", "replay", "--day", "2026-11-30"]
    assert list_arguments("command", {}, words) == ("manage.py", *words)
    for wrong in (["command"], ["web", "leases"]):
        command = [sys.executable, "-m", "swiftlogix.entrypoint", *wrong]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (answer.returncode, "takes the words of a command" in answer.stderr) == (2, True)


def test_an_unknown_role_is_refused_with_the_names_of_all():
    command = [sys.executable, "-m", "swiftlogix.entrypoint", "wbe"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, "invalid choice: 'wbe'" in answer.stderr) == (2, True)
