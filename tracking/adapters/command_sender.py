"""Sends Redis commands from a thread of its own, all that wait in one round trip."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import redis

from tracking.adapters.scripts import Command, run_together

# Above this many commands that wait or are under way, new ones are dropped.
MAX_IN_FLIGHT = 10_000
COMMANDS_A_TRIP = 500
# Beside the commands of a trip. Each makes processes read the store.
NOTICES_A_TRIP = 100
# Of further lost commands no notice is sent.
MAX_NOTICES = 50_000
# After a failure, notices wait this long if no command is sent before.
NOTICE_AGAIN_AFTER_S = 1.0


class Sending(NamedTuple):
    """Command to send.

    It replaces a waiting command with the same `key` unless that has a higher `version`. If it is lost, its
    `notice` is sent later, unless a command with the same key and at least its version is sent before.
    """

    command: Command
    key: str = ""
    version: int = 0
    notice: Command | None = None


class CommandSender:
    """Queue of commands; `send` returns at once, and failures are reported, never raised."""

    def __init__(
        self, make_client: Callable[[], "redis.Redis"], note_failure: Callable[[BaseException, int], None]
    ) -> None:
        self._make_client = make_client
        self._note_failure = note_failure
        self._changed = threading.Condition()
        # Commands by their key; those without one have a number.
        self._waiting: dict[str | int, Sending] = {}
        self._numbers = itertools.count()
        # Notices that are not sent yet, by the key of the lost command.
        self._notices: dict[str, Sending] = {}
        self._under_way = 0
        self._has_failed = False
        self._is_started = False

    def send(self, *sendings: Sending) -> None:
        """Queue commands, which are sent in this order; drop those for which there is no room."""
        with self._changed:
            dropped = [sending for sending in sendings if not self._queue(sending)]
            self._remember(dropped)
            self._start()
            self._changed.notify_all()
        if dropped:
            self._note_failure(RuntimeError("too many messages in flight"), len(dropped))

    def drain(self, timeout_s: float) -> bool:
        """Wait until every command is sent; return whether that happened within the timeout."""
        ends_at = time.monotonic() + timeout_s
        with self._changed:
            while self._waiting or self._under_way:
                left_s = ends_at - time.monotonic()
                if left_s <= 0:
                    return False
                self._changed.wait(left_s)
            return True

    def _queue(self, sending: Sending) -> bool:
        """Queue a command in place of an older one; return whether there is room for it."""
        known = self._waiting.get(sending.key) if sending.key else None
        if known is not None and known.version > sending.version:
            return True
        if known is None and len(self._waiting) + self._under_way >= MAX_IN_FLIGHT:
            return False
        self._waiting[sending.key or next(self._numbers)] = sending
        return True

    def _remember(self, lost: Iterable[Sending]) -> None:
        """Keep the notices of lost commands, the newest of each key."""
        for sending in lost:
            known = self._notices.get(sending.key)
            if sending.notice is None or (known is None and len(self._notices) >= MAX_NOTICES):
                continue
            if known is None or known.version <= sending.version:
                self._notices[sending.key] = sending._replace(command=sending.notice)

    def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            threading.Thread(target=self._run, name="live-push", daemon=True).start()

    def _run(self) -> None:
        client = self._make_client()
        while True:
            with self._changed:
                self._wait_for_work()
                taken = self._take()
                self._under_way = len(taken)
            lost = self._send_together(client, taken)
            with self._changed:
                self._remember(lost)
                self._has_failed = bool(lost)
                self._under_way = 0
                self._changed.notify_all()

    def _wait_for_work(self) -> None:
        while not self._waiting and not self._notices:
            self._changed.wait()
        if not self._waiting and self._has_failed:
            self._changed.wait(NOTICE_AGAIN_AFTER_S)

    def _take(self) -> list[Sending]:
        """Take the commands of the next trip, and notices that none of them makes superfluous."""
        keys = list(itertools.islice(self._waiting, COMMANDS_A_TRIP))
        taken = [self._waiting.pop(key) for key in keys]
        for sending in taken:
            known = self._notices.get(sending.key)
            if known is not None and known.version <= sending.version:
                del self._notices[sending.key]
        noticed = list(itertools.islice(self._notices, NOTICES_A_TRIP))
        return taken + [self._notices.pop(key) for key in noticed]

    def _send_together(self, client: "redis.Redis", sendings: list[Sending]) -> list[Sending]:
        """Send commands in one round trip; return those that failed."""
        try:
            answers = run_together(client, [sending.command for sending in sendings])
        except Exception as error:  # noqa: BLE001 - top of a thread
            answers = [error] * len(sendings)
        failed = [
            (sending, answer)
            for sending, answer in zip(sendings, answers, strict=True)
            if isinstance(answer, Exception)
        ]
        messages = sum(sending.command is not sending.notice for sending, _ in failed)
        if messages:
            self._note_failure(failed[0][1], messages)
        return [sending for sending, _ in failed]
