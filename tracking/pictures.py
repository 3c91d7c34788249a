"""Pictures from strangers: drawn anew, so that nothing is kept but what can be seen."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps

from tracking.domain.errors import PermanentError

# By the name Pillow has for the format.
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# Phones take up to 50; what says that it has more would fill the memory it is unpacked into.
MAX_PIXELS = 50_000_000
# Enough to read a door number by; a phone's picture becomes a twentieth of its size.
MAX_SIDE = 2048
JPEG_QUALITY = 85


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
    # What Pillow raises for broken files depends on where they are broken.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadablePictureError("no readable JPEG or PNG picture") from error


def _redraw(data: bytes) -> Picture:
    with Image.open(BytesIO(data), formats=tuple(CONTENT_TYPES)) as sent:
        if sent.width * sent.height > MAX_PIXELS:
            raise UnreadablePictureError("more pixels than anybody photographs")
        kind = str(sent.format)
        # A JPEG is unpacked at the size it is wanted in, which saves most of the time and the memory.
        sent.draft("RGB", (MAX_SIDE, MAX_SIDE))
        upright = ImageOps.exif_transpose(sent)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        shown = upright.convert("RGBA" if kind == "PNG" and "A" in upright.mode else "RGB")
    # Colour profiles, comments and all else that a file says of itself are written from here.
    shown.info = {}
    drawn = BytesIO()
    shown.save(drawn, kind, quality=JPEG_QUALITY)
    return Picture(drawn.getvalue(), CONTENT_TYPES[kind])
