"""Sends Redis commands from a thread of its own, all that wait in one round trip."""

import threading
import time
from collections.abc import Callable

import redis

from tracking.adapters.live_states import Command

# Above this many commands that wait or are under way, new ones are dropped.
MAX_IN_FLIGHT = 5000
COMMANDS_A_TRIP = 500


class CommandSender:
    """Queue of commands; `send` returns at once, and failures are reported, never raised."""

    def __init__(
        self, make_client: Callable[[], "redis.Redis"], note_failure: Callable[[BaseException, int], None]
    ) -> None:
        self._make_client = make_client
        self._note_failure = note_failure
        self._changed = threading.Condition()
        self._waiting: list[Command] = []
        self._under_way = 0
        self._is_started = False

    def send(self, *commands: Command) -> None:
        """Queue commands, which are sent in this order; drop them all if too many wait."""
        with self._changed:
            full = len(self._waiting) + self._under_way + len(commands) > MAX_IN_FLIGHT
            if not full:
                self._waiting += commands
                self._start()
                self._changed.notify_all()
        if full:
            self._note_failure(RuntimeError("too many messages in flight"), len(commands))

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

    def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            threading.Thread(target=self._run, name="live-push", daemon=True).start()

    def _run(self) -> None:
        client = self._make_client()
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                taken, self._waiting = self._waiting[:COMMANDS_A_TRIP], self._waiting[COMMANDS_A_TRIP:]
                self._under_way = len(taken)
            self._send_together(client, taken)
            with self._changed:
                self._under_way = 0
                self._changed.notify_all()

    def _send_together(self, client: "redis.Redis", commands: list[Command]) -> None:
        try:
            with client.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)  # type: ignore[no-untyped-call]
                answers = pipe.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001 - top of a thread; a lost message is noticed at a heartbeat
            self._note_failure(error, len(commands))
            return
        failed = [answer for answer in answers if isinstance(answer, Exception)]
        if failed:
            self._note_failure(failed[0], len(failed))
