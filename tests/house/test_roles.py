"""Every queue has a consumer, every scheduled task exists, and task arguments are small pointers."""

import ast

from django.conf import settings

from laboratory.local.roles import describe_roles
from tests.house.sources import FunctionNode, function_nodes, modules, read

TASKS = "workers/tasks.py"
LISTENERS = "workers/runtime.py"
# This queue has no consumer: it holds messages that matched no rule, and its depth is to be watched.
WITHOUT_CONSUMER = {"unrouted"}
POINTER_TYPES = {"str", "int", "float", "bool", "str | None", "int | None"}


def test_every_celery_queue_is_consumed_by_a_role(tmp_path) -> None:
    used = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    commands = [program.command for program in describe_roles(tmp_path)]
    consumed = {
        queue
        for command in commands
        if "-Q" in command
        for queue in command[command.index("-Q") + 1].split(",")
    }
    assert used | {settings.CELERY_TASK_DEFAULT_QUEUE} == consumed


def test_every_task_that_the_settings_name_exists() -> None:
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} | set(
        settings.CELERY_TASK_ROUTES
    )
    assert named - {f"workers.tasks.{task.name}" for task in _tasks()} == set()


def test_every_argument_of_a_task_is_a_small_pointer() -> None:
    other_types = {
        f"{task.name}({argument.arg})"
        for task in _tasks()
        for argument in (*task.args.posonlyargs, *task.args.args, *task.args.kwonlyargs)
        if argument.annotation is None or ast.unparse(argument.annotation) not in POINTER_TYPES
    }
    assert other_types == set()


def test_every_queue_of_the_bus_has_a_listener() -> None:
    listeners = read(LISTENERS)
    unread = {name for name in settings.AWS_NAMES["queues"] if f'"{name}"' not in listeners}
    assert unread == WITHOUT_CONSUMER


def _tasks() -> list[FunctionNode]:
    """List the functions that Celery runs: those with a task decorator."""
    return [
        node
        for module in modules("workers")
        if module.path == TASKS
        for node in function_nodes(module)
        if any("task" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
