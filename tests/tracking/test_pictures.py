"""A picture is decoded in a child process with limits, one after the other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.tracking.photos import DEVICE, draw_photo
from tracking import picture_decoder
from tracking.domain.errors import TransientError
from tracking.pictures import PROGRAM, REFUSED, Picture, PictureDecoder, UnreadablePictureError, redraw


def write_program(folder: Path, text: str) -> Path:
    """Write a decoder that behaves as the text says."""
    program = folder / "decoder.py"
    program.write_text(text)
    return program


def test_a_picture_comes_back_as_the_decoder_draws_it():
    sent = draw_photo()
    content_type, content = picture_decoder.decode(sent)
    assert redraw(sent) == Picture(content, content_type)
    assert DEVICE.encode() not in content


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"not a picture", "no readable JPEG or PNG picture"),
        (draw_photo("PNG", (4_001, 3_000), "1"), "more than 12 megapixels"),
        (draw_photo("PNG")[:-30], "no readable JPEG or PNG picture"),
    ],
    ids=["words", "large png", "cut png"],
)
def test_a_file_that_is_no_accepted_picture_is_refused_with_a_reason(sent, why):
    with pytest.raises(UnreadablePictureError) as refused:
        redraw(sent)
    assert str(refused.value) == why


def test_the_exit_code_of_a_refusal_is_the_same_on_both_sides():
    assert picture_decoder.REFUSED == REFUSED


def test_a_picture_that_needs_more_memory_than_allowed_is_refused(tmp_path):
    text = PROGRAM.read_text(encoding="utf-8")
    small = text.replace("MAX_MEMORY = 640 * 1024 * 1024", "MAX_MEMORY = 96 * 1024 * 1024")
    assert small != text
    decoder = PictureDecoder(write_program(tmp_path, small))
    written = BytesIO()
    Image.new("RGBA", (4_000, 3_000)).save(written, "PNG")
    with pytest.raises(UnreadablePictureError) as refused:
        decoder.redraw(written.getvalue())
    assert str(refused.value) in ("needs too much memory", "no readable JPEG or PNG picture")
    assert decoder.redraw(draw_photo()).content_type == "image/jpeg"


def test_a_decoder_that_crashes_refuses_the_picture(tmp_path):
    crash = write_program(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    decoder = PictureDecoder(crash)
    with pytest.raises(UnreadablePictureError):
        decoder.redraw(draw_photo())


def test_a_decoder_that_takes_too_long_is_stopped_and_refuses_the_picture(tmp_path):
    endless = write_program(tmp_path, "import time\nwhile True: time.sleep(60)")
    decoder = PictureDecoder(endless, decodes_within_s=0.2)
    with pytest.raises(UnreadablePictureError, match="not decoded within"):
        decoder.redraw(draw_photo())


def test_pictures_are_decoded_one_after_the_other(tmp_path):
    # The program fails if another one is running: its file exists while it runs.
    alone = (
        "import os, sys, time\n"
        f"path = {str(tmp_path / 'running')!r}\n"
        "os.close(os.open(path, os.O_CREAT | os.O_EXCL))\n"
        "time.sleep(0.05)\n"
        "os.unlink(path)\n"
        "sys.stdout.buffer.write(b'image/png\\n' + sys.stdin.buffer.read())\n"
    )
    decoder = PictureDecoder(write_program(tmp_path, alone))
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(decoder.redraw, [b"1", b"2", b"3", b"4"]))
    assert drawn == [Picture(content, "image/png") for content in (b"1", b"2", b"3", b"4")]


def test_an_upload_that_waits_too_long_is_to_be_tried_again():
    taken = threading.Lock()
    taken.acquire()
    with pytest.raises(TransientError):
        PictureDecoder(waits_for_s=0.01, _turn=taken).redraw(draw_photo())


def test_the_decoder_gets_no_variables_of_the_product(tmp_path, monkeypatch):
    shows = "import os, sys; sys.stdout.write('text/plain\\n' + ' '.join(sorted(os.environ)))"
    decoder = PictureDecoder(write_program(tmp_path, shows))
    monkeypatch.setenv("SECRET_KEY", "hidden")
    assert b"SECRET_KEY" not in decoder.redraw(b"").content
