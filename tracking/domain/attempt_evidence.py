"""Evidence of a delivery attempt: what its vehicle's positions say about it, and the doubt that follows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from tracking.domain.status import Status
from tracking.domain.value import Struct

EvidenceVerdict = Literal["supported", "contradicted", "insufficient"]
MAX_DOUBTS = 8


class AttemptEvidence(Struct, frozen=True):
    """Evidence of the attempt or delivery that the event `event_id` reports with `status` at `attempted_at`.

    `nearest_m` is the least distance in metres of the vehicle from the door; where only the PIN code is
    known, from the edge of its area. `dwell_s` is the longest stay within 150 m in seconds,
    `fixes_within_150m` the number of positions there. They are None where they cannot be known. `computed_at`
    is when the positions of the vehicle were read. `is_settled` is True on evidence that is stored again
    after an operator has resolved the incident: it ends the doubt.
    """

    event_id: str
    status: Status
    attempted_at: datetime
    verdict: EvidenceVerdict
    computed_at: datetime
    nearest_m: int | None = None
    dwell_s: int | None = None
    fixes_within_150m: int | None = None
    vehicle_id: str | None = None
    is_settled: bool = False

    @property
    def is_decided(self) -> bool:
        """True if no further position is waited for."""
        return self.verdict != "insufficient"

    def has_same_result(self, other: "AttemptEvidence") -> bool:
        """Return whether both say the same, whenever they were computed."""
        return (self.verdict, self.nearest_m, self.dwell_s, self.fixes_within_150m) == (
            other.verdict,
            other.nearest_m,
            other.dwell_s,
            other.fixes_within_150m,
        )


class Doubt(Struct, frozen=True):
    """Attempt or delivery that the positions of the vehicle contradict; nobody has settled it yet."""

    event_id: str
    status: Status
    attempted_at: datetime
    computed_at: datetime


def apply_to_doubts(doubts: tuple[Doubt, ...], evidence: AttemptEvidence) -> tuple[Doubt, ...]:
    """Return the open doubts after this evidence; insufficient evidence leaves them as they are."""
    if not evidence.is_decided:
        return doubts
    others = tuple(doubt for doubt in doubts if doubt.event_id != evidence.event_id)
    if evidence.verdict == "supported" or evidence.is_settled:
        return others
    raised = Doubt(
        event_id=evidence.event_id,
        status=evidence.status,
        attempted_at=evidence.attempted_at,
        computed_at=evidence.computed_at,
    )
    return (*others, raised)[-MAX_DOUBTS:]


def find_newest_evidence(found: Iterable[AttemptEvidence | None]) -> dict[str, AttemptEvidence]:
    """Return the newest evidence of each attempt by the id of its event; `found` are the oldest first."""
    return {
        evidence.event_id: evidence for evidence in found if evidence is not None and not evidence.is_settled
    }
