"""A picture is decoded and drawn again as it looks, without its metadata."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageOps
from PIL.ExifTags import Base

from tests.tracking.photos import DEVICE, draw_photo
from tracking.picture_decoder import MAX_SIDE, BadPictureError, decode


def read(content):
    return Image.open(BytesIO(content))


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_is_drawn_upright_and_without_metadata(kind, content_type):
    sent = draw_photo(kind)
    assert DEVICE.encode() in sent
    redrawn_type, content = decode(sent)
    image = read(content)
    assert (redrawn_type, image.format, image.size) == (content_type, kind, (48, 64))
    assert (dict(image.getexif()), DEVICE.encode() in content) == ({}, False)


def test_the_transparency_of_a_picture_is_preserved():
    redrawn = read(decode(draw_photo("PNG", mode="RGBA"))[1])
    assert redrawn.mode == "RGBA"


def test_a_transparent_signature_with_a_palette_stays_transparent():
    drawn, written = Image.new("P", (40, 30), 0), BytesIO()
    drawn.putpalette([0, 0, 0, 0, 0, 0])
    drawn.putpixel((5, 5), 1)
    drawn.save(written, "PNG", transparency=0)
    redrawn = read(decode(written.getvalue())[1])
    assert (redrawn.getpixel((0, 0))[3], redrawn.getpixel((5, 5))[3]) == (0, 255)


def test_a_photo_with_an_embedded_second_picture_is_stored_without_that():
    written = BytesIO()
    Image.new("RGB", (64, 48), "red").save(
        written, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48), "blue")]
    )
    assert read(written.getvalue()).format == "MPO"
    content_type, content = decode(written.getvalue())
    image = read(content)
    assert (content_type, image.format, image.size) == ("image/jpeg", "JPEG", (64, 48))
    assert image.getpixel((9, 9))[0] > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_the_camera_is_turned_upright(orientation):
    upright, exif, written = Image.new("RGB", (64, 48), "white"), Image.Exif(), BytesIO()
    upright.paste("black", (0, 0, 20, 10))
    exif[Base.Orientation] = orientation
    upright.save(written, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(read(written.getvalue())).convert("RGB")
    assert read(decode(written.getvalue())[1]).tobytes() == expected.tobytes()


# Pillow warns about each tag that it cannot read.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_damaged_picture_is_redrawn_or_refused_and_raises_no_other_error(kind):
    whole, dice = draw_photo(kind), random.Random(7)
    refused = 0
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(dice.choice((1, 4, 12))):
            broken[dice.randrange(min(len(broken), dice.choice((60, 200, len(broken)))))] = dice.randrange(
                256
            )
        try:
            read(decode(bytes(broken))[1])
        except BadPictureError:
            refused += 1
    assert 0 < refused < 400


def test_a_large_picture_is_scaled_down_in_its_proportions():
    redrawn = read(decode(draw_photo(size=(6000, 3000)))[1])
    assert redrawn.size == (MAX_SIDE // 2, MAX_SIDE)


def test_a_png_of_twelve_megapixels_is_accepted():
    assert read(decode(draw_photo("PNG", (4_000, 3_000), "1"))[1]).size == (MAX_SIDE * 3 // 4, MAX_SIDE)


def test_a_signature_with_sixteen_bits_of_grey_keeps_its_ink():
    drawn, written = Image.new("I", (200, 100), 65535), BytesIO()
    drawn.paste(3000, (0, 46, 200, 54))
    drawn.convert("I;16").save(written, "PNG")
    assert read(written.getvalue()).mode == "I;16"
    shown = read(decode(written.getvalue())[1])
    assert (shown.mode, shown.getpixel((100, 50)), shown.getpixel((100, 20))) == (
        "RGB",
        (11, 11, 11),
        (255, 255, 255),
    )


@pytest.mark.parametrize(
    "sent",
    [
        lambda: b"",
        lambda: b"not a picture",
        lambda: b"%PDF-1.7",
        lambda: draw_photo()[:300],
        lambda: draw_photo("PNG")[:200],
        lambda: draw_photo("PNG")[:-30],
        lambda: draw_photo("GIF"),
        lambda: draw_photo("PNG", (4_001, 3_000), "1"),
        lambda: draw_photo("PNG", (10_000, 6_000), "1"),
        lambda: draw_photo("PNG", (16_000, 16_000), "1"),
    ],
    ids=[
        "nothing",
        "words",
        "pdf",
        "cut jpeg",
        "cut png",
        "png without end",
        "gif",
        "large png",
        "bomb",
        "larger bomb",
    ],
)
def test_a_file_that_is_not_an_accepted_picture_is_refused(sent):
    with pytest.raises(BadPictureError):
        decode(sent())
