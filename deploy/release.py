"""Carries out a plan: change set, review, execution, migration, smoke test, and the way back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.one_off import (
    LINES_OF_COMMAND,
    check_end,
    make_command,
    make_migration,
    read_log,
    run_one_off,
)
from deploy.plan import (
    EDGE_REGION,
    IMAGE,
    NO_IMAGE,
    ORDER,
    Params,
    RefusedError,
    Stack,
    Step,
    Templates,
    choose_parameters,
    describe_change,
    find_dangerous,
    judge_status,
    list_steps,
    name_stack,
    plan_rollback,
)
from deploy.smoke import CHECKS, run_checks
from deploy.stacks import ChangeSet, Stacks

# Codes of the command's end.
DONE, FAILED, REFUSED, WAITS_FOR_IMAGE = 0, 1, 2, 3
Say = Callable[[str], None]
Confirm = Callable[[str], bool]


class SmokeTestError(Exception):
    """Raised when the deployed product does not answer as it should."""


@dataclass
class Release:
    """One run of the command for a stage.

    Arguments: the stage's parameters, the stacks by region, clients for the migration, how a person is
    addressed and asked, resources that may be replaced or removed, and whether change sets are only shown.
    `done` lists what was done, for `--json`.
    """

    params: Params
    templates: Templates
    stacks: Callable[[str], Stacks]
    clients: Callable[[str], Any]
    say: Say
    confirm: Confirm
    allowed: Sequence[str] = ()
    is_dry_run: bool = False
    pause_s: float = 5.0
    smoke_url: str = ""
    done: list[dict[str, Any]] = field(default_factory=list)

    def deploy(self, image: str | None, only: Sequence[str] = ORDER) -> int:
        """Carry out all steps; after a failed smoke test of a new image, go back to the one before.

        Returns the code of the end. Raises `RefusedError`, `StackError` or `OneOffError`.
        """
        compute = self._read("compute")
        running = compute.parameters.get(IMAGE, NO_IMAGE) if compute else NO_IMAGE
        wanted = image or self.params.parameters.get(IMAGE) or running
        steps = list(list_steps(compute, wanted, only))
        self.say(f"Image: {wanted}; running: {running}.")
        self.say(
            f"Plan for {self.params.stage}: " + ", then ".join(describe_step(step) for step in steps) + "."
        )
        for step in steps:
            if step.kind == "image":
                return self._ask_for_image()
            if step.kind == "migrate":
                self._migrate()
            else:
                self._apply(step)
        if self.is_dry_run:
            return DONE
        if wanted == NO_IMAGE:
            self.say("No image runs yet, so there is nothing to test.")
            return DONE
        try:
            self.smoke()
        except SmokeTestError as error:
            self.say(f"SMOKE TEST FAILED: {error}")
            if running in (NO_IMAGE, wanted):
                self.say("The image was not changed by this run, so there is none to go back to.")
                return FAILED
            self.say("Going back to the image before. The schema stays: it is a superset of the one before.")
            self.rollback()
            return FAILED
        return DONE

    def rollback(self) -> int:
        """Give all services the image before, then test; returns the code of the end."""
        self._apply(plan_rollback(self._read("compute")))
        if not self.is_dry_run:
            self.smoke()
        return DONE

    def smoke(self) -> None:
        """Test the product from outside; raises `SmokeTestError`."""
        base = self.smoke_url or f"https://{self.params.parameters['HostName']}"
        self.say(f"Smoke test of {base}: {len(CHECKS)} requests.")
        failed = []
        for check, found in run_checks(base, pause_s=2 * self.pause_s):
            self.say(
                f"  {'FAILED' if found else 'ok'}: {check.path}: {check.proves}{': ' if found else ''}{found}"
            )
            if found:
                failed.append(f"{check.path}: {found}")
        self._note("smoke", base, "failed" if failed else "passed")
        if failed:
            raise SmokeTestError("; ".join(failed))

    def show_status(self) -> int:
        """Say how each stack is; returns `FAILED` if one is missing or cannot be changed."""
        code = DONE
        for template in ORDER:
            stack = self._read(template)
            name = name_stack(self.params.stage, template)
            state = stack.status if stack else "does not exist"
            image = f", image {stack.parameters[IMAGE]}" if stack and IMAGE in stack.parameters else ""
            self.say(f"{name}: {state}{image}")
            self._note("status", name, state)
            if not stack or not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
                code = FAILED
        return code

    def run_command(self, role: str, words: Sequence[str]) -> int:
        """Run `manage.py` with these words in a task of its own, with the image and the rights of the role.

        Says what it printed; returns `FAILED` unless its exit code is 0. Raises `RefusedError` or
        `OneOffError`.
        """
        compute, network = self._read_running()
        task, text = make_command(self.params.stage, role, words), " ".join(words)
        self.say(f"{text}: starting a task of the role {role}; that takes about a minute.")
        ended = run_one_off(self.clients("ecs"), task, compute, network, self.pause_s)
        for line in read_log(self.clients("logs"), task, ended.task_id, LINES_OF_COMMAND):
            self.say(f"  {line}")
        self.say(f"{text}: ended with code {ended.code} (task {ended.task_id}; {ended.why}).")
        self._note("run", text, f"code {ended.code}")
        return DONE if ended.code == 0 else FAILED

    def _apply(self, step: Step) -> None:
        """Make, show and carry out the change set of a step."""
        template, stack = step.template, name_stack(self.params.stage, step.template)
        found = self._read(template)
        kind = judge_status(stack, found.status if found else None)
        outputs = self._read_balancer() if template == "edge" else {}
        parameters = choose_parameters(
            self.templates.list_declared(template), self.params, outputs, dict(step.values)
        )
        change_set = self._stacks_of(template).prepare(template, kind, parameters)
        if change_set is None:
            self.say(f"{stack}: nothing to change.")
            self._note("apply", stack, "unchanged")
            return
        self._show(change_set, kind)
        if self.is_dry_run:
            self._stacks_of(template).discard(change_set, with_stack=kind == "CREATE")
            self._note("apply", stack, "shown", [describe_change(change) for change in change_set.changes])
            return
        if not self.confirm(f"Execute these {len(change_set.changes)} changes of {stack}?"):
            self._stacks_of(template).discard(change_set, with_stack=kind == "CREATE")
            raise RefusedError(f"{stack}: not executed, because nobody agreed. Nothing of it has changed.")
        self.say(f"{stack}: executing; this may take up to half an hour. It goes on in AWS if you stop here.")
        made = self._stacks_of(template).execute(change_set)
        self.say(f"{stack}: {made.status}.")
        self._note("apply", stack, made.status, [describe_change(change) for change in change_set.changes])

    def _show(self, change_set: ChangeSet, kind: str) -> None:
        """Show the changes; raises `RefusedError` for one that would lose data or an address."""
        self.say(f"{change_set.stack}: {'a new stack' if kind == 'CREATE' else 'changes'}:")
        for change in change_set.changes:
            self.say(f"  {describe_change(change)}")
        if dangerous := find_dangerous(change_set.changes, self.allowed):
            if not self.is_dry_run:
                self._stacks_of(change_set.stack.rsplit("-", 1)[1]).discard(
                    change_set, with_stack=kind == "CREATE"
                )
            raise RefusedError(
                f"{change_set.stack}: this would replace or remove {', '.join(dangerous)}, with data or an"
                " address that others use. Nothing of it has changed. If it is meant:"
                f" {' '.join(f'--allow {name}' for name in dangerous)}"
            )

    def _migrate(self) -> None:
        if self.is_dry_run:
            self.say("migrate: would run now, with the new image, before the services get it.")
            return
        compute, network = self._read_running()
        self.say("migrate: running with the new image; the services go on with the one before.")
        task = make_migration(self.params.stage, compute)
        ended = run_one_off(self.clients("ecs"), task, compute, network, self.pause_s)
        check_end(self.clients("logs"), task, ended)
        self.say(f"migrate: done (task {ended.task_id}).")
        self._note("migrate", ended.task_id, "done")

    def _ask_for_image(self) -> int:
        compute = self._read("compute")
        repository = compute.outputs.get("RepositoryUri", "?") if compute else "of the stack of compute"
        self.say(
            f"There is no image yet. Build it and push it to {repository}, then start again with"
            " --image sha256:... (the digest that the push prints)."
        )
        self._note("image", repository, "missing")
        return DONE if self.is_dry_run else WAITS_FOR_IMAGE

    def _read_balancer(self) -> dict[str, str]:
        """Return the outputs of compute that edge needs: exports do not cross regions."""
        compute = self._read("compute")
        if compute is None or not {"BalancerArn", "BalancerHost"} <= set(compute.outputs):
            raise RefusedError("edge needs the balancer, which the stack of compute does not have yet.")
        return dict(compute.outputs)

    def _read_running(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the outputs of compute and network, where tasks run; raises `RefusedError` without them."""
        compute, network = self._read("compute"), self._read("network")
        if compute is None or network is None:
            raise RefusedError("A task needs the stacks of network and compute.")
        return compute.outputs, network.outputs

    def _read(self, template: str) -> Stack | None:
        return self._stacks_of(template).read(template)

    def _stacks_of(self, template: str) -> Stacks:
        return self.stacks(EDGE_REGION if template == "edge" else self.params.region)

    def _note(self, step: str, subject: str, result: str, changes: Sequence[str] = ()) -> None:
        self.done.append({"step": step, "subject": subject, "result": result, "changes": list(changes)})


def describe_step(step: Step) -> str:
    """Return a step in words."""
    if step.kind == "image":
        return "stop, since there is no image"
    if step.kind == "migrate":
        return "the task migrate"
    return f"{step.template}{f' ({step.why})' if step.why else ''}"
