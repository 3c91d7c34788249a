"""Groups of this process's sockets, fed by one Redis subscription."""

import asyncio

import msgspec
import structlog

from tracking.adapters.fanout import name_channel
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.subscription import Subscription
from tracking.live import MissedMessage, decode_message
from tracking.ports import Member

# A page that is opened again within this time finds its group subscribed.
LEAVE_AFTER_S = 30.0

log = structlog.get_logger()


class FanoutGroups:
    """`LiveGroups` of one event loop: each message is decoded once and handed to every member."""

    def __init__(self, redis_url: str, leave_after_s: float = LEAVE_AFTER_S) -> None:
        self._leave_after_s = leave_after_s
        self._members: dict[str, dict[Member, None]] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}
        self._subscription = Subscription(f"{redis_url}/{DATABASE}", self._receive, self._report_gap)

    async def join(self, group: str, member: Member) -> None:
        """Add a member, and wait until the process is subscribed to the group."""
        channel = name_channel(group)
        leaving = self._leaving.pop(channel, None)
        if leaving is not None:
            leaving.cancel()
        self._members.setdefault(channel, {})[member] = None
        await self._subscription.add(channel)

    async def leave(self, group: str, member: Member) -> None:
        """Remove a member; the last one's group is left some time later."""
        channel = name_channel(group)
        members = self._members.get(channel)
        if not members or member not in members:
            return
        del members[member]
        if members:
            return
        loop = asyncio.get_running_loop()
        self._leaving[channel] = loop.call_later(self._leave_after_s, self._drop, channel)

    async def close(self) -> None:
        """End the subscription."""
        for leaving in self._leaving.values():
            leaving.cancel()
        await self._subscription.close()

    def _drop(self, channel: str) -> None:
        self._leaving.pop(channel, None)
        self._members.pop(channel, None)
        self._subscription.drop(channel)

    def _receive(self, channel: str, data: bytes) -> None:
        members = self._members.get(channel)
        if not members:
            return
        try:
            message = decode_message(data)
        except msgspec.DecodeError as error:
            log.warning("push", outcome="not read", error=str(error))
            message = MissedMessage()
        if isinstance(message, MissedMessage):
            self._report_gap(channel)
            return
        for member in tuple(members):
            try:
                member.take(message)
            except Exception as error:  # noqa: BLE001 - the failure of one socket is none of the others
                log.warning("push", outcome="not taken", error=f"{type(error).__name__}: {error}")

    def _report_gap(self, channel: str) -> None:
        """Let the members read what they may have missed."""
        for member in tuple(self._members.get(channel, ())):
            member.catch_up()
