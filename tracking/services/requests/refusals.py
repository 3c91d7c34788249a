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


class TooLateError(ConflictError):
    """What an event led to is settled and cannot be corrected any more."""

    code = "too_late"
    detail = "The event happened over 7 days ago; what it led to is settled."


class TooOldError(GoneError):
    """Some events of that time have expired, so that nobody can say any more what the answer was."""

    code = "too_old"
    detail = "Events from before that moment have expired."


class ManifestOverlapError(ConflictError):
    """The vehicle has another manifest for some of that time."""

    code = "manifest_overlap"
    detail = "The vehicle has another open manifest for some of that time."


class ShipmentOnManifestError(ConflictError):
    """A shipment rides on one open manifest at most."""

    code = "shipment_on_manifest"
    detail = "A shipment is on another open manifest."


class ManifestClosedError(ConflictError):
    """The run is over."""

    code = "manifest_closed"
    detail = "The manifest is closed."


class OnManifestError(ConflictError):
    """A vehicle with an open manifest cannot go."""

    code = "on_manifest"
    detail = "The vehicle has an open manifest."


class VehicleIdTakenError(ConflictError):
    """Somebody has registered this vehicle id."""

    code = "vehicle_id_taken"
    detail = "This vehicle id is taken."


class TooManyProofsError(ConflictError):
    """A shipment has its share of pictures."""

    code = "too_many_proofs"
    detail = "A shipment has at most 20 proofs."


class LinkExpiredError(GoneError):
    """The address worked for a few minutes."""

    code = "link_expired"
    detail = "This address worked for five minutes; ask for the shipment's proofs again."
