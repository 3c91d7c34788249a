"""Deletion in the emulator's queues, by a search that ends at the message.

For each message that is deleted the emulator copies the list of all messages of its queue: 45 ms of CPU for
ten messages out of 20,000. What is deleted has been received, and so is among the oldest.
"""

from collections.abc import Callable, Collection
from typing import Any

from ministack.services import sqs

Handler = Callable[[dict[str, Any], str], dict[str, Any]]


def delete_among_oldest() -> None:
    """Let the emulator search for messages to delete from the oldest on; call it once, before it starts."""
    for name in ("DeleteMessage", "DeleteMessageBatch"):
        sqs._HANDLERS[name] = _show_only_named(sqs._HANDLERS[name])  # noqa: SLF001 - it has no public name


def _show_only_named(delete: Handler) -> Handler:
    """Return the handler of a call that deletes, which then sees only the messages that the call names."""

    def delete_named(data: dict[str, Any], path_url: str) -> dict[str, Any]:
        queue = sqs._get_q(data.get("QueueUrl", path_url))  # noqa: SLF001 - it has no public name
        handles = {entry.get("ReceiptHandle") or None for entry in data.get("Entries", [data])} - {None}
        messages = queue["messages"]
        places = _find_places(messages, handles)
        queue["messages"] = [messages[place] for place in places]
        try:
            return delete(data, path_url)
        finally:
            # A call is refused as a whole, or deletes all that it names.
            if not queue["messages"]:
                for place in reversed(places):
                    del messages[place]
            queue["messages"] = messages

    return delete_named


def _find_places(messages: list[dict[str, Any]], handles: Collection[str]) -> list[int]:
    """Return the places of the messages with these receipt handles, looking no further than the last one."""
    places: list[int] = []
    for place, message in enumerate(messages):
        if len(places) == len(handles):
            break
        if message.get("receipt_handle") in handles:
            places.append(place)
    return places
