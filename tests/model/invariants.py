"""Invariants of the stream model: each function returns what is broken, or an empty string."""

from tests.model.stream import NOBODY, Record, Sent, World


def judge_done(world: World, place: tuple[int, int], record: Record) -> str:
    """Check I1, I3 and I4 for a record that a checkpoint has passed."""
    if record.kind == "poison":
        return "" if place in world.quarantined else "I1: poison passed and not in quarantine"
    row = world.rows[record.event]
    if row is None:
        return "I1: an event was passed and is not recorded"
    if record.event not in world.states[record.shipment].folded:
        return "I3: an event was passed and is not in its shipment's state"
    if record.kind == "move" and not row.has_change:
        return "I2: an event was passed and its change is not recorded"
    return ""


def judge_change(world: World, event: int) -> str:
    """Check I2 for a recorded change: published once, or pending."""
    row = world.rows[event]
    if world.effects[event] > 1:
        return "I2: an effect came twice"
    if row and row.has_change and not (row.pending or world.effects[event]):
        return "I2: a change can reach nobody any more"
    return ""


def judge_write(world: World, sent: Sent) -> str:
    """Check I4 and I5 when a checkpoint is written."""
    lease, writer = world.leases[sent.shard], world.writers[sent.shard]
    assert lease is not None
    if sent.checkpoint < lease.checkpoint:
        return "I4: a checkpoint stepped back"
    if sent.epoch < writer[0] or (sent.epoch == writer[0] and writer[1] not in (sent.owner, NOBODY)):
        return "I5: the epoch of checkpoint writes fell, or two owners wrote in one"
    return ""
