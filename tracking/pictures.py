"""Uploaded pictures are decoded and encoded again, so that only their visible content is kept."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog

from tracking.domain.errors import PermanentError, TransientError

PROGRAM = Path(__file__).with_name("picture_decoder.py")
# Exit code of the program for a file that is no accepted picture.
REFUSED = 3

log = structlog.get_logger()


class Picture(NamedTuple):
    """Bytes of a picture and their content type, `image/jpeg` or `image/png`."""

    content: bytes
    content_type: str


class UnreadablePictureError(PermanentError):
    """Raised for bytes that are no whole JPEG or PNG, or cost too many pixels, memory or seconds."""


@dataclass(frozen=True)
class PictureDecoder:
    """Decodes pictures in child processes with limits of memory and time.

    One at a time, so that many uploads at once need no more memory than one. A picture may take
    `decodes_within_s` seconds, and waits at most `waits_for_s` for those before it.
    """

    program: Path = PROGRAM
    decodes_within_s: float = 30.0
    waits_for_s: float = 30.0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def redraw(self, data: bytes) -> Picture:
        """Return the picture turned upright, at most 2048 pixels per side, without any metadata.

        Raises `UnreadablePictureError`, and `TransientError` if the child cannot be started or the pictures
        before it take too long.
        """
        if not self._turn.acquire(timeout=self.waits_for_s):
            raise TransientError("other pictures are being decoded")
        try:
            content_type, _, content = self._run(data).partition(b"\n")
        finally:
            self._turn.release()
        return Picture(content, content_type.decode())

    def _run(self, data: bytes) -> bytes:
        """Return what the program writes for these bytes. It gets no variables, so it knows no secret."""
        command = [sys.executable, "-I", str(self.program)]
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                command, input=data, capture_output=True, check=False, env={}, timeout=self.decodes_within_s
            )
        except subprocess.TimeoutExpired as error:
            raise UnreadablePictureError(f"not decoded within {self.decodes_within_s:.0f} s") from error
        except OSError as error:
            raise TransientError(f"the decoder cannot be started: {error.strerror}") from error
        if done.returncode == 0:
            return done.stdout
        why = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        if done.returncode != REFUSED:
            log.error("picture", outcome="decoder failed", exit_code=done.returncode, error=why)
        raise UnreadablePictureError(why)


# One for the whole process.
redraw = PictureDecoder().redraw
