"""Pictures as phones and tablets send them, with their metadata."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base

DEVICE = "PocketCam 7 of Asha Raghavan"


def draw_photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    """Draw a rotated photo with a place and a device in its metadata."""
    image = Image.new(mode, size, "white")
    ImageDraw.Draw(image).rectangle((4, 4, size[0] // 2, size[1] - 4), fill="darkgreen")
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Model] = DEVICE
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (12.0, 58.0, 17.0)
    written = BytesIO()
    image.save(written, kind, exif=exif, comment=DEVICE)
    return written.getvalue()


def draw_form(content: bytes | None = None, **fields: Any) -> dict[str, Any]:
    """Build a form with a picture, as a test client sends it."""
    return fields | {"file": SimpleUploadedFile("door.jpg", content or draw_photo(), "image/jpeg")}
