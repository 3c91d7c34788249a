"""Module of a new transport: pigeons carry letters to street addresses, from a folder named loft."""

import re
from dataclasses import dataclass
from pathlib import Path

from notifications.domain import LengthLimit, MessageLength, MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from tracking.services.requests.addresses import AddressKind

LINE_LENGTH = 60
LINES_A_LETTER = 6


def measure_letter(body: str) -> MessageLength:
    """Return the length in lines; a pigeon carries six."""
    lines = sum(1 + len(line) // LINE_LENGTH for line in body.split("\n"))
    return MessageLength("paper", lines, "lines", 1 + (lines - 1) // LINES_A_LETTER)


STREET = AddressKind(
    field="address",
    read=str.strip,
    find_obstacle=lambda address: "" if re.fullmatch(r"\d+ .+", address) else "invalid_address",
    mask=lambda address: address.rpartition(", ")[2],
)

PIGEON = TransportDeclaration(
    name="pigeon",
    label="Pigeon",
    plural="Pigeons",
    address=STREET,
    triggers=frozenset({Trigger.DELIVERED}),
    optional_triggers=frozenset({Trigger.CREATED}),
    template=MessageTemplate(
        subject="To the recipient of {shipment_id}", body="{fact}\n{headline}: {link}\n"
    ),
    limit=LengthLimit(measure_letter, max_segments=1),
)


@dataclass(frozen=True)
class PigeonTransport:
    """Lays a letter into the loft, where a pigeon takes it."""

    loft: Path
    declaration: TransportDeclaration = PIGEON

    def send(self, message: Message) -> str:
        """Write the letter; returns its name."""
        self.loft.mkdir(exist_ok=True)
        letter = self.loft / f"{message.shipment_id}-{message.trigger}.txt"
        letter.write_text(f"{message.address}\n{message.subject}\n{message.body}")
        return letter.name
