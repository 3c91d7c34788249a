"""How a service refuses what it understands but may not do: by a code that callers can act on."""

from tracking.domain.errors import PermanentError


class RefusedError(PermanentError):
    """A refusal; `code` is for programs, `detail` for people."""

    code = "refused"
    detail = "This cannot be done."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class UnknownError(RefusedError):
    """There is no such thing, or it is another partner's: the two look alike."""

    code = "not_found"
    detail = "There is nothing here."


class ConflictError(RefusedError):
    """It cannot be done as things stand now."""

    code = "conflict"


class GoneError(RefusedError):
    """It was there and is not any more."""

    code = "gone"


class ShipmentIdTakenError(ConflictError):
    """Another booking, or another partner's report, already has this shipment id."""

    code = "shipment_id_taken"
    detail = "This shipment id is taken."


class ShipmentClosedError(ConflictError):
    """The shipment has ended; its booking can no longer change."""

    code = "shipment_closed"
    detail = "The shipment has ended; its booking cannot change any more."


class IllegalTransitionError(ConflictError):
    """The status cannot follow the one the shipment has."""

    code = "illegal_transition"
    detail = "The shipment cannot be cancelled from where it stands."


class AlreadyResolvedError(ConflictError):
    """The incident is closed."""

    code = "already_resolved"
    detail = "The incident is resolved already."


class CursorExpiredError(GoneError):
    """The feed no longer holds what comes after this cursor."""

    code = "cursor_expired"
    detail = (
        "The feed keeps 30 days, and this cursor is older; begin without it, and read the shipments anew."
    )
