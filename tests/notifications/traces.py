"""A change of shipment 123 that went everywhere: out for delivery, notified, and sent as a webhook."""

from datetime import datetime, timedelta

from notifications.adapters.memory import MemoryTransport
from notifications.adapters.outbox import OutboxTransport
from notifications.ports import NotificationPorts, ports, wire
from notifications.services import notify
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from notifications.webhooks.claims import claim_due
from notifications.webhooks.opening import open_webhooks
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.rules.verdicts import Answer, Fault
from tests.notifications.stories import NOON, book
from tests.notifications.webhooks.partners import OK, make_endpoint
from tests.workers.records import encode_report
from tests.workers.world import World
from tracking.domain.events import Change, format_time
from tracking.models import Partner
from tracking.services.reading.feed import append_change

SOON = NOON + timedelta(seconds=2)


def wire_transports() -> None:
    """Wire SMS and e-mail in memory, with copies of their messages in the outbox."""
    made = {declared.name: OutboxTransport(MemoryTransport(declared)) for declared in (SMS, EMAIL)}
    wire(NotificationPorts(made))


def report(world: World, **fields: object) -> Change:
    """Report shipment 123 as out for delivery at noon, by the stream; return its change."""
    payload = {"shipment_id": "123", "status": "out_for_delivery", "timestamp": format_time(NOON)} | fields
    world.stream.put([("123", encode_report(payload))])
    shard_id = world.stream.list_shards()[0].shard_id
    world.process(world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=10).records)
    (event,) = world.tracking.store.read_timeline("123")
    assert event.change is not None
    return event.change


def send_everywhere(world: World, *agreed: str) -> Change:
    """Cause a change with messages, and with a webhook that fails once and is then delivered; return it.

    The recipient agrees to the transports of these names; to SMS alone if none is named.
    """
    partner, _ = Partner.objects.get_or_create(partner_id="prt_acme", defaults={"name": "Acme"})
    book(partner=partner, consents=dict.fromkeys(agreed or ("sms",), True))
    make_endpoint(created_at=NOON - timedelta(days=1))
    change = report(world, source="api", partner_id="prt_acme", booking={})
    state = world.tracking.store.read_state("123")
    append_change(change, state, SOON)
    notify(ports(), change)
    open_webhooks(change, state, SOON)
    attempt(SOON, Answer(0, fault=Fault.NO_CONNECTION))
    attempt(SOON + timedelta(minutes=10), OK)
    return change


def attempt(now: datetime, answer: Answer) -> None:
    """Attempt all due webhooks with this answer, which takes 250 ms."""
    for claimed in claim_due(now, 10):
        record_attempt(claimed, Attempt(now, now + timedelta(milliseconds=250), answer), 0.5)
