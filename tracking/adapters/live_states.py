"""Newest states of shipments that were read or are watched, in Redis: readers ask here before the store.

The value of a shipment is its version in 16 digits and its state as JSON; it is empty after a read that found
none. A version is never replaced by an older one. Values are kept for a minute.
"""

from collections.abc import Sequence

import msgspec

from tracking.adapters.scripts import Command, Script
from tracking.domain.shipment import ShipmentState

KEPT_FOR_S = 60
VERSION_DIGITS = 16
_KEY = "live:state:"
# Redis compares versions as strings: all have the same length, and an empty one is less than any.
_KEEP = Script(f"""
local known = redis.call('GETRANGE', KEYS[1], 0, {VERSION_DIGITS - 1})
if known > ARGV[1] then return 0 end
if known < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'EX', {KEPT_FOR_S}) end
if ARGV[3] then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1
""")
_FIND = Script(f"""
local found = {{}}
for number, key in ipairs(KEYS) do
  local known = redis.call('GET', key)
  if known and known ~= '' then
    found[number] = known
  else
    redis.call('SET', key, '', 'EX', {KEPT_FOR_S})
    found[number] = ''
  end
end
return found
""")
_ASKED = Script("""
local found = {}
for number, key in ipairs(KEYS) do found[number] = redis.call('EXISTS', key) end
return found
""")
_FORGET = Script("""
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1
""")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ShipmentState).decode


def keep_command(state: ShipmentState, channel: str = "", message: bytes = b"") -> Command:
    """Return the Redis command that stores a state, and publishes the message if a channel is given.

    It does nothing if a newer version is stored. The same version is published again and not stored again.
    """
    version = f"{state.state_version:0{VERSION_DIGITS}}"
    published = (channel, message) if channel else ()
    return _KEEP.call([_KEY + state.shipment_id], version, _encode(state), *published)


def forget_command(shipment_id: str, channel: str, message: bytes) -> Command:
    """Return the Redis command that removes a stored state and publishes the message.

    Readers then read the store: it is for a state whose newer version could not be stored here.
    """
    return _FORGET.call([_KEY + shipment_id], channel, message)


def find_command(shipment_ids: Sequence[str]) -> Command:
    """Return the Redis command that reads stored states; `read_kept` takes its answer.

    A shipment without one is marked as asked for: from then on the line stores each new version, so a state
    that the caller reads from the store afterwards cannot replace a newer one in Redis.
    """
    return _FIND.call([_KEY + shipment_id for shipment_id in shipment_ids])


def asked_command(shipment_ids: Sequence[str]) -> Command:
    """Return the Redis command that answers 1 for each shipment that was read in the last minute, else 0."""
    return _ASKED.call([_KEY + shipment_id for shipment_id in shipment_ids])


def read_kept(answer: Sequence[bytes]) -> list[ShipmentState]:
    """Return the states in the answer of `find_command`, in its order; shipments without one are left out."""
    return [_decode(kept[VERSION_DIGITS:]) for kept in answer if kept]
