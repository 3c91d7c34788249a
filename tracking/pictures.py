"""Uploaded pictures are decoded and encoded again, so that only their visible content is kept."""

import struct
from io import BytesIO
from typing import NamedTuple

from PIL import Image
from PIL.ExifTags import Base

from tracking.domain.errors import PermanentError

# By Pillow's name of the format.
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# Phones take pictures of up to 50 megapixels; a larger one could exhaust the memory when it is decoded.
MAX_PIXELS = 50_000_000
# Enough to read a door number; the picture of a phone becomes a twentieth of its size.
MAX_SIDE = 2048
JPEG_QUALITY = 85
# Transposition that turns a picture upright, by its EXIF orientation.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Errors that Pillow raises for damaged files; the type depends on the damage.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, struct.error, Image.DecompressionBombError)


class Picture(NamedTuple):
    """Bytes of a picture and their content type, `image/jpeg` or `image/png`."""

    content: bytes
    content_type: str


class UnreadablePictureError(PermanentError):
    """Raised for bytes that are not a whole JPEG or PNG, or have more than `MAX_PIXELS`."""


def redraw(data: bytes) -> Picture:
    """Return the picture turned upright, at most 2048 pixels per side, without any metadata.

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
        # Others are JPEG: a picture with a second one behind it, as phones make, has another format name.
        kind = "PNG" if sent.format == "PNG" else "JPEG"
        # Decode a JPEG at about the final size, which saves most of the time and memory.
        sent.draft("RGB", (MAX_SIDE, MAX_SIDE))
        sent.thumbnail((MAX_SIDE, MAX_SIDE))
        shown = sent.convert("RGBA" if kind == "PNG" and sent.has_transparency_data else "RGB")
        turn = _find_turn(sent)
    upright = shown if turn is None else shown.transpose(turn)
    # Pillow writes colour profiles, comments and other metadata from `info`.
    upright.info = {}
    drawn = BytesIO()
    upright.save(drawn, kind, quality=JPEG_QUALITY)
    return Picture(drawn.getvalue(), CONTENT_TYPES[kind])


def _find_turn(sent: Image.Image) -> Image.Transpose | None:
    """Return the transposition that turns the picture upright; None if there is none, or broken metadata."""
    try:
        return TURNS.get(sent.getexif().get(Base.Orientation, 1))
    except _BROKEN:
        return None
