"""Words for statuses: ours, and those of other tracking APIs and of EPCIS."""

from collections import defaultdict
from typing import Literal, get_args

from tracking.domain.status import Status, compact_word, list_own_words

Vocabulary = Literal["aftership", "easypost", "shippo", "shipengine", "17track", "dhl", "karrio", "epcis"]
VOCABULARIES: tuple[Vocabulary, ...] = get_args(Vocabulary)
SHORTEST_WORD = 3

# Columns as in `VOCABULARIES`, EPCIS as bizStep/disposition.
_TABLE: dict[Status, str] = {
    Status.CREATED: "InfoReceived pre_transit PRE_TRANSIT NY 8 pre-transit pending packing/in_progress",
    Status.PICKED_UP: "InTransit in_transit TRANSIT AC 1 transit picked_up collecting/in_transit",
    Status.IN_TRANSIT: "InTransit in_transit TRANSIT IT 1 transit in_transit transporting/in_transit",
    Status.OUT_FOR_DELIVERY: (
        "OutForDelivery out_for_delivery TRANSIT IT 1 transit in_transit departing/in_transit"
    ),
    Status.ATTEMPT_FAILED: "AttemptFail failure FAILURE AT 4 failure delivery_failed other/in_transit",
    Status.AVAILABLE_FOR_PICKUP: (
        "AvailableForPickup available_for_pickup TRANSIT SP 3 transit ready_for_pickup arriving/available"
    ),
    Status.ON_HOLD: "Exception in_transit TRANSIT EX 7 failure on_hold holding/unavailable",
    Status.EXCEPTION: "Exception error FAILURE EX 7 failure unknown other/damaged",
    Status.DELIVERED: (
        "Delivered delivered DELIVERED DE 5 delivered delivered receiving/completeness_inferred"
    ),
    Status.RETURNING: "Exception return_to_sender RETURNED EX 6 failure return_to_sender shipping/returned",
    Status.RETURNED: "Exception return_to_sender RETURNED EX 6 failure return_to_sender receiving/returned",
    Status.CANCELLED: "Exception cancelled FAILURE EX 7 failure cancelled void_shipping/inactive",
    Status.LOST: "Exception failure FAILURE EX 7 failure unknown other/unknown",
    Status.EXPIRED: "Expired unknown UNKNOWN UN 2 unknown unknown -/expired",
    Status.UNKNOWN: "Pending unknown UNKNOWN UN 0 unknown unknown -/unknown",
}
OUTBOUND: dict[Vocabulary, dict[Status, str]] = {
    vocabulary: {status: words.split()[column] for status, words in _TABLE.items()}
    for column, vocabulary in enumerate(VOCABULARIES)
}


def translate(status: Status, vocabulary: Vocabulary) -> str:
    """Return the word for a status in another vocabulary; every status has one in each."""
    return OUTBOUND[vocabulary][status]


def parse_status(word: str) -> Status | None:
    """Return the status that a word stands for: in our own words, else in the other vocabularies.

    Case and separators do not count: `OutForDelivery`, `out_for_delivery`, `Out for delivery` are one word.
    None for an unknown word, and for one that the other vocabularies use for several statuses.
    """
    # Nearly every sender uses our own names; they need no second look.
    return _STATUS_OF_NAME.get(word) or _STATUS_OF_WORD.get(compact_word(word))


def _index_words() -> dict[str, Status]:
    """Return the status of every readable word.

    Codes of one or two characters are left out: devices number their statuses as they like, and carriers give
    other meanings to the same two letters.
    """
    meanings: dict[str, set[Status]] = defaultdict(set)
    for words in OUTBOUND.values():
        for status, word in words.items():
            meanings[compact_word(word)].add(status)
    foreign = {
        word: next(iter(statuses))
        for word, statuses in meanings.items()
        if len(statuses) == 1 and len(word) >= SHORTEST_WORD
    }
    return foreign | {compact_word(word): status for word, status in list_own_words()}


_STATUS_OF_NAME = {status.value: status for status in Status}
_STATUS_OF_WORD = _index_words()
