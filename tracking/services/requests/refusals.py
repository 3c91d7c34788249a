"""Errors by which services refuse a request, each with a code for programs."""

from collections.abc import Iterable

import msgspec

from tracking.domain.errors import PermanentError
from tracking.domain.report_rules import is_mangled_id

# Codes of mistakes that the documented schema of the request rules out. Other mistakes depend on the clock,
# on what is stored, or on another value of the request.
SCHEMA_CODES = frozenset(
    ("invalid", "missing_field", "unknown_field", "required", "bad_coordinates", "no_subject", "mangled_id")
)


class Mistake(msgspec.Struct, frozen=True):
    """One error in a request: JSON pointer, code and description."""

    pointer: str
    code: str
    detail: str


def name_allowed(detail: str, allowed: Iterable[str]) -> str:
    """Return the description of a value that is not allowed, with those that are."""
    return f"{detail}; allowed: {', '.join(allowed) or 'none'}"


MANGLED_ID = "a number in scientific notation; its last digits are lost"


def check_new_id(pointer: str, sent: str | None) -> list[Mistake]:
    """Return the mistake of an id that reports could not name: one in scientific notation."""
    return [Mistake(pointer, "mangled_id", MANGLED_ID)] if is_mangled_id(sent) else []


class RequestRefusedError(PermanentError):
    """Raised for an invalid request. `mistakes` lists every reason; a batch has one for each entry."""

    def __init__(self, mistakes: list[Mistake], *, of_batch: bool = False) -> None:
        super().__init__("; ".join(mistake.detail for mistake in mistakes))
        self.mistakes = mistakes
        self._of_batch = of_batch

    @property
    def is_contradiction(self) -> bool:
        """Return whether the request is valid by its schema: no mistake has one of `SCHEMA_CODES`.

        A batch is valid by its schema if one of its entries is.
        """
        valid = [mistake.code not in SCHEMA_CODES for mistake in self.mistakes]
        return any(valid) if self._of_batch else all(valid)


class RefusedError(PermanentError):
    """Base of refusals. `code` is for programs, `detail` for people."""

    code = "refused"
    detail = "This cannot be done."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class UnknownError(RefusedError):
    """Raised when an object does not exist or belongs to another partner: the answer is the same for both."""

    code = "not_found"
    detail = "Not found."


class UnknownHubError(UnknownError):
    """Raised for a lane from or to a hub that does not exist."""

    code = "unknown_hub"
    detail = "There is no such hub."


class ConflictError(RefusedError):
    """Raised when the current state does not allow the request."""

    code = "conflict"


class GoneError(RefusedError):
    """Raised for an object that existed and was deleted."""

    code = "gone"


class ShipmentIdTakenError(ConflictError):
    """Raised for a shipment id that another booking or another partner's event uses."""

    code = "shipment_id_taken"
    detail = "This shipment id is taken."


class ShipmentClosedError(ConflictError):
    """Raised for a change of a booking whose shipment has an end status."""

    code = "shipment_closed"
    detail = "The shipment has ended; its booking cannot change any more."


class IllegalTransitionError(ConflictError):
    """Raised for a status that must not follow the current one."""

    code = "illegal_transition"
    detail = "The shipment cannot be cancelled in its current status."


class AlreadyResolvedError(ConflictError):
    """Raised for an incident that is resolved already."""

    code = "already_resolved"
    detail = "The incident is already resolved."


class CursorExpiredError(GoneError):
    """Raised for a cursor whose next entries have been deleted from the feed."""

    code = "cursor_expired"
    detail = (
        "The feed keeps 30 days, and this cursor is older. Start without a cursor and read the shipments "
        "again."
    )


class TooLateError(ConflictError):
    """Raised for a correction of an event that is part of a snapshot or over 7 days old."""

    code = "too_late"
    detail = "The event happened over 7 days ago and can no longer be corrected."


class TooOldError(GoneError):
    """Raised for a past state that cannot be computed because events of that time have expired."""

    code = "too_old"
    detail = "Events from before that moment have expired."


class ManifestOverlapError(ConflictError):
    """Raised when the vehicle has another open manifest in the same period."""

    code = "manifest_overlap"
    detail = "The vehicle has another open manifest for some of that time."


class ShipmentOnManifestError(ConflictError):
    """Raised for a shipment on another open manifest; it may be on one at most."""

    code = "shipment_on_manifest"
    detail = "A shipment is on another open manifest."


class ManifestClosedError(ConflictError):
    """Raised for a change of a closed manifest."""

    code = "manifest_closed"
    detail = "The manifest is closed."


class OnManifestError(ConflictError):
    """Raised when a vehicle with an open manifest is to be removed."""

    code = "on_manifest"
    detail = "The vehicle has an open manifest."


class VehicleIdTakenError(ConflictError):
    """Raised for a vehicle id that is registered already."""

    code = "vehicle_id_taken"
    detail = "This vehicle id is taken."


class TooManyProofsError(ConflictError):
    """Raised when a shipment has the maximum number of proofs."""

    code = "too_many_proofs"
    detail = "A shipment has at most 20 proofs."


class LinkExpiredError(GoneError):
    """Raised for a signed link that has expired."""

    code = "link_expired"
    detail = "This link was valid for five minutes. Request the shipment's proofs again."
