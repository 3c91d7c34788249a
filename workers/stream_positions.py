"""Stream positions: a sequence number made comparable, so that string order is stream order."""

from tracking.domain.errors import PermanentError

SEQUENCE_DIGITS = 64
SUB_SEQUENCE_DIGITS = 6


def make_stream_position(sequence: str, sub_sequence: int = 0) -> str:
    """The sequence number padded with zeros to 64 digits, then `.` and the sub-sequence padded to 6.

    For comparing only: a shard is opened with the number as received. Raises `PermanentError` for
    a number that is none or too long to be padded, since comparing it would give a wrong answer.
    """
    if len(sequence) > SEQUENCE_DIGITS or not sequence.isdecimal():
        raise PermanentError(f"not a sequence number of at most {SEQUENCE_DIGITS} digits: {sequence!r}")
    return f"{sequence:0>{SEQUENCE_DIGITS}}.{sub_sequence:0{SUB_SEQUENCE_DIGITS}d}"


def split_source(source: str) -> tuple[str, str]:
    """The stream's creation epoch and the shard's id of a `<creation epoch>/<shard_id>`."""
    epoch, _, shard_id = source.partition("/")
    return epoch, shard_id
