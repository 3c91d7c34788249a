"""Pictures from strangers: drawn anew, so that nothing is kept but what can be seen."""

import struct
from io import BytesIO
from typing import NamedTuple

from PIL import Image
from PIL.ExifTags import Base

from tracking.domain.errors import PermanentError

# By the name Pillow has for the format.
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# Phones take up to 50; what says that it has more would fill the memory it is unpacked into.
MAX_PIXELS = 50_000_000
# Enough to read a door number by; a phone's picture becomes a twentieth of its size.
MAX_SIDE = 2048
JPEG_QUALITY = 85
# How a picture is turned upright, by what its metadata says of how the camera was held.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow raises for broken files depends on where they are broken.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, struct.error, Image.DecompressionBombError)


class Picture(NamedTuple):
    """A picture's bytes and what they are: `image/jpeg` or `image/png`."""

    content: bytes
    content_type: str


class UnreadablePictureError(PermanentError):
    """These bytes are no JPEG or PNG, are cut off, or unpack to more than anybody photographs."""


def redraw(data: bytes) -> Picture:
    """The picture turned upright, at most 2048 pixels a side, without place, time, device or anything hidden.

    Raises `UnreadablePictureError`.
    """
    try:
        return _redraw(data)
    except _BROKEN as error:
        raise UnreadablePictureError("no readable JPEG or PNG picture") from error


def _redraw(data: bytes) -> Picture:
    with Image.open(BytesIO(data), formats=tuple(CONTENT_TYPES)) as sent:
        if sent.width * sent.height > MAX_PIXELS:
            raise UnreadablePictureError("more pixels than anybody photographs")
        # What is no PNG is a JPEG: that of a recent phone, with a second picture behind it, has another name.
        kind = "PNG" if sent.format == "PNG" else "JPEG"
        # A JPEG is unpacked at the size it is wanted in, which saves most of the time and the memory.
        sent.draft("RGB", (MAX_SIDE, MAX_SIDE))
        sent.thumbnail((MAX_SIDE, MAX_SIDE))
        shown = sent.convert("RGBA" if kind == "PNG" and sent.has_transparency_data else "RGB")
        turn = _find_turn(sent)
    upright = shown if turn is None else shown.transpose(turn)
    # Colour profiles, comments and all else that a file says of itself are written from here.
    upright.info = {}
    drawn = BytesIO()
    upright.save(drawn, kind, quality=JPEG_QUALITY)
    return Picture(drawn.getvalue(), CONTENT_TYPES[kind])


def _find_turn(sent: Image.Image) -> Image.Transpose | None:
    """How to turn the picture; one whose metadata is broken stays as it lies."""
    try:
        return TURNS.get(sent.getexif().get(Base.Orientation, 1))
    except _BROKEN:
        return None
