"""Program that decodes one picture and draws it again; it reads standard input and writes standard output.

`tracking/pictures.py` runs it as a child process, because a picture may be made to exhaust the memory or to
crash a decoder. It imports Pillow and nothing of the product.
"""

import resource
import struct
import sys
from io import BytesIO

from PIL import Image
from PIL.ExifTags import Base

# By Pillow's name of the format.
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# Phones take JPEG pictures of up to 50 megapixels; they are decoded at a reduced size, a PNG is not.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 12_000_000}
# Enough to read a door number; the picture of a phone becomes a twentieth of its size.
MAX_SIDE = 2048
JPEG_QUALITY = 85
# Address space of the program in bytes: docs/decisions/0055-pictures-are-decoded-in-a-child-process.md.
MAX_MEMORY = 640 * 1024 * 1024
MAX_CPU_S = 20
# Exit code for a file that is no accepted picture.
REFUSED = 3
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
# Modes of pictures with 16 bits of grey, as scanners and signature pads make.
_DEEP_GREY = ("I", "I;16", "I;16B")


class BadPictureError(Exception):
    """Raised for bytes that are not a whole JPEG or PNG, or have more than `MAX_PIXELS`."""


def decode(data: bytes) -> tuple[str, bytes]:
    """Return content type and bytes of the picture, upright, at most 2048 pixels per side, without metadata.

    Raises `BadPictureError`, and `MemoryError` within a memory limit.
    """
    try:
        return _decode(data)
    except _BROKEN as error:
        raise BadPictureError("no readable JPEG or PNG picture") from error


def _decode(data: bytes) -> tuple[str, bytes]:
    with Image.open(BytesIO(data), formats=tuple(CONTENT_TYPES)) as sent:
        # Others are JPEG: a picture with a second one behind it, as phones make, has another format name.
        kind = "PNG" if sent.format == "PNG" else "JPEG"
        if sent.width * sent.height > MAX_PIXELS[kind]:
            raise BadPictureError(f"more than {MAX_PIXELS[kind] // 1_000_000} megapixels")
        # Decode a JPEG at about the final size, which saves most of the time and memory.
        sent.draft("RGB", (MAX_SIDE, MAX_SIDE))
        shown = _reduce_depth(sent) if sent.mode in _DEEP_GREY else sent
        shown.thumbnail((MAX_SIDE, MAX_SIDE))
        shown = shown.convert("RGBA" if kind == "PNG" and shown.has_transparency_data else "RGB")
        turn = _find_turn(sent)
    upright = shown if turn is None else shown.transpose(turn)
    # Pillow writes colour profiles, comments and other metadata from `info`.
    upright.info = {}
    drawn = BytesIO()
    upright.save(drawn, kind, quality=JPEG_QUALITY)
    return CONTENT_TYPES[kind], drawn.getvalue()


def _reduce_depth(sent: Image.Image) -> Image.Image:
    """Return a picture of 16-bit grey in 8 bits. Pillow's own conversion makes everything above 255 white."""
    return sent.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")


def _find_turn(sent: Image.Image) -> Image.Transpose | None:
    """Return the transposition that turns the picture upright; None if there is none, or broken metadata."""
    try:
        return TURNS.get(sent.getexif().get(Base.Orientation, 1))
    except _BROKEN:
        return None


def main() -> int:
    """Limit the process, decode, and return the exit code; the first line written is the content type."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    try:
        content_type, content = decode(sys.stdin.buffer.read())
    except (BadPictureError, MemoryError) as error:
        sys.stderr.write(str(error) or "needs too much memory")
        return REFUSED
    sys.stdout.buffer.write(content_type.encode() + b"\n" + content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
