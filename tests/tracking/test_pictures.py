"""A picture is kept as it looks, and nothing of what it says of itself."""

from io import BytesIO

import pytest
from PIL import Image

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
