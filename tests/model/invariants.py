"""Invariants of the stream model: each check returns the violation, or an empty text."""

from tests.model.stream import NO_OWNER, Record, Sent, World


def check_done(world: World, place: tuple[int, int], record: Record) -> str:
    """Check I1, I2 and I3 for a record that a checkpoint has passed."""
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


def check_change(world: World, event: int) -> str:
    """Check I2 for a recorded change: published once, or still pending."""
    row = world.rows[event]
    if world.effects[event] > 1:
        return "I2: an effect came twice"
    if row and row.has_change and not (row.pending or world.effects[event]):
        return "I2: a change is neither pending nor published"
    return ""


def check_write(world: World, sent: Sent) -> str:
    """Check I4 and I5 when a checkpoint is written."""
    lease, writer = world.leases[sent.shard], world.writers[sent.shard]
    assert lease is not None
    if sent.checkpoint < lease.checkpoint:
        return "I4: a checkpoint stepped back"
    if sent.epoch < writer[0] or (sent.epoch == writer[0] and writer[1] not in (sent.owner, NO_OWNER)):
        return "I5: the epoch of checkpoint writes fell, or two owners wrote in one"
    return ""
