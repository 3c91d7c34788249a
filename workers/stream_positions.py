"""Stream positions: sequence numbers in a form whose string order is the order of the stream."""

from tracking.domain.errors import PermanentError

SEQUENCE_DIGITS = 64
SUB_SEQUENCE_DIGITS = 6


def make_stream_position(sequence: str, sub_sequence: int = 0) -> str:
    """Return the sequence number padded with zeros to 64 digits, then `.` and the sub-sequence padded to 6.

    For comparisons only: a shard is opened with the number as received. Raises `PermanentError` for a
    `sequence` that is not a number of at most 64 digits, since a comparison with it would be wrong.
    """
    if len(sequence) > SEQUENCE_DIGITS or not sequence.isdecimal():
        raise PermanentError(f"not a sequence number of at most {SEQUENCE_DIGITS} digits: {sequence!r}")
    return f"{sequence:0>{SEQUENCE_DIGITS}}.{sub_sequence:0{SUB_SEQUENCE_DIGITS}d}"


def split_source(source: str) -> tuple[str, str]:
    """Return the creation epoch of the stream and the shard id of `<creation epoch>/<shard_id>`."""
    epoch, _, shard_id = source.partition("/")
    return epoch, shard_id
