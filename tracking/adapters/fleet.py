"""Newest position of each vehicle, in a Redis hash; a newer position is never replaced by an older one.

Of two of the same time the later one is kept, as in the frames of the console and on its page.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import redis

from tracking.adapters.scripts import Command, Script
from tracking.domain.events import format_time

KEY = "live:fleet"
KEPT_FOR = timedelta(days=1)
# Every value starts with its time (RFC 3339 with milliseconds and `Z`), so that Redis can compare strings.
TIME_LENGTH = 24
_TAKE_NEWER = Script(f"""
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or string.sub(known, 1, {TIME_LENGTH}) <= string.sub(ARGV[i + 1], 1, {TIME_LENGTH}) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('EXPIRE', KEYS[1], {int(KEPT_FOR.total_seconds())})
""")

Vehicles = list[dict[str, Any]]


def keep_newest_command(vehicles: Vehicles) -> Command:
    """Return the Redis command that stores the position of each vehicle unless a newer one is stored."""
    values: list[str | bytes] = []
    for vehicle in vehicles:
        values += [vehicle["vehicle_id"], vehicle["occurred_at"].encode() + msgspec.json.encode(vehicle)]
    return _TAKE_NEWER.call([KEY], *values)


def read_newest(client: "redis.Redis") -> Vehicles:
    """Return the newest position of every vehicle of the last day; older ones are deleted."""
    kept: dict[Any, Any] = client.hgetall(KEY)
    now = datetime.now(UTC)
    fresh = {key for key, value in kept.items() if is_fresh(value[:TIME_LENGTH].decode(), now)}
    _delete(client, [key for key in kept if key not in fresh])
    return [msgspec.json.decode(kept[key][TIME_LENGTH:]) for key in sorted(fresh)]


def is_fresh(occurred_at: str, now: datetime) -> bool:
    """Return whether a position of that time (RFC 3339 with milliseconds) is less than a day old."""
    return occurred_at >= format_time(now - KEPT_FOR)


def _delete(client: "redis.Redis", vehicle_ids: Sequence[bytes]) -> None:
    if vehicle_ids:
        client.hdel(KEY, *vehicle_ids)
