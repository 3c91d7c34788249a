"""A picture is kept as it looks, and nothing of what it says of itself."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageOps
from PIL.ExifTags import Base

from tests.tracking.photos import DEVICE, draw_photo
from tracking.pictures import MAX_SIDE, UnreadablePictureError, redraw


def read(content):
    return Image.open(BytesIO(content))


@pytest.mark.parametrize(("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_a_picture_stands_upright_and_says_nothing_of_itself(kind, content_type):
    sent = draw_photo(kind)
    assert DEVICE.encode() in sent
    kept = redraw(sent)
    image = read(kept.content)
    assert (kept.content_type, image.format, image.size) == (content_type, kind, (48, 64))
    assert (dict(image.getexif()), DEVICE.encode() in kept.content) == ({}, False)


def test_what_can_be_seen_through_stays_so():
    kept = read(redraw(draw_photo("PNG", mode="RGBA")).content)
    assert kept.mode == "RGBA"


def test_a_signature_drawn_on_nothing_stays_so_however_its_colours_are_kept():
    drawn, written = Image.new("P", (40, 30), 0), BytesIO()
    drawn.putpalette([0, 0, 0, 0, 0, 0])
    drawn.putpixel((5, 5), 1)
    drawn.save(written, "PNG", transparency=0)
    kept = read(redraw(written.getvalue()).content)
    assert (kept.getpixel((0, 0))[3], kept.getpixel((5, 5))[3]) == (0, 255)


def test_a_photo_with_a_second_picture_behind_it_is_kept_without_that():
    written = BytesIO()
    Image.new("RGB", (64, 48), "red").save(
        written, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48), "blue")]
    )
    assert read(written.getvalue()).format == "MPO"
    kept = redraw(written.getvalue())
    image = read(kept.content)
    assert (kept.content_type, image.format, image.size) == ("image/jpeg", "JPEG", (64, 48))
    assert image.getpixel((9, 9))[0] > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_the_camera_was_held_the_picture_stands_as_it_was_seen(orientation):
    seen, exif, written = Image.new("RGB", (64, 48), "white"), Image.Exif(), BytesIO()
    seen.paste("black", (0, 0, 20, 10))
    exif[Base.Orientation] = orientation
    seen.save(written, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(read(written.getvalue())).convert("RGB")
    assert read(redraw(written.getvalue()).content).tobytes() == expected.tobytes()


# Pillow warns of each tag that it cannot read.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_broken_anywhere_is_drawn_or_refused_and_never_a_fault_of_ours(kind):
    whole, dice = draw_photo(kind), random.Random(7)
    refused = 0
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(dice.choice((1, 4, 12))):
            broken[dice.randrange(min(len(broken), dice.choice((60, 200, len(broken)))))] = dice.randrange(
                256
            )
        try:
            read(redraw(bytes(broken)).content)
        except UnreadablePictureError:
            refused += 1
    assert 0 < refused < 400


def test_a_large_picture_is_made_smaller_in_its_own_proportions():
    kept = read(redraw(draw_photo(size=(6000, 3000))).content)
    assert kept.size == (MAX_SIDE // 2, MAX_SIDE)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"not a picture",
        b"%PDF-1.7",
        draw_photo()[:300],
        draw_photo("PNG")[:200],
        draw_photo("PNG")[:-30],
        draw_photo("GIF"),
        draw_photo("PNG", (10_000, 6_000), "1"),
        draw_photo("PNG", (16_000, 16_000), "1"),
    ],
    ids=["nothing", "words", "pdf", "cut jpeg", "cut png", "png without end", "gif", "bomb", "larger bomb"],
)
def test_what_is_no_picture_of_ours_is_refused(sent):
    with pytest.raises(UnreadablePictureError):
        redraw(sent)
