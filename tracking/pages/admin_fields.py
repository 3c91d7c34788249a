"""Fields of forms of the admin: weekdays to tick, and a picture that a form with a mistake keeps."""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64Error
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A larger file is not kept; as a logo it would be refused.
MAX_KEPT_BYTES = 100_000
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class WeekdaysField(forms.MultipleChoiceField):
    """Boxes of weekdays, stored as digits: Monday is 1."""

    def __init__(self, **options: Any) -> None:
        choices = [(str(number), day) for number, day in enumerate(WEEKDAYS, start=1)]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, **options)

    def prepare_value(self, value: Any) -> Any:
        """Return the ticked digits."""
        return list(value or ())

    def clean(self, value: Any) -> Any:
        """Return the digits as they are stored."""
        return "".join(sorted(super().clean(value)))


class KeptPictureInput(forms.FileInput):
    """Input of a picture. No browser fills it in again, so a form with a mistake holds the picture itself."""

    template_name = "admin/kept_picture.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the file that was chosen now, else the one that the form has kept."""
        return super().value_from_datadict(data, files, name) or _read_kept(data.get(f"{name}-kept", ""))

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the picture of a form with a mistake, or the name of a file that cannot be kept."""
        context = super().get_context(name, value, attrs)
        if isinstance(value, UploadedFile):
            value.seek(0)
            content = value.read(MAX_KEPT_BYTES + 1)
            kind = _find_kind(content)
            kept = b64encode(content).decode() if kind and len(content) <= MAX_KEPT_BYTES else ""
            context |= {"lost": "" if kept else value.name, "kept": kept, "kind": kind}
        return context


class KeptPictureField(forms.FileField):
    """Picture that is chosen once, however often the form is sent."""

    widget = KeptPictureInput

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what was sent, so that the input can keep it."""
        return data or initial


def _read_kept(text: str) -> UploadedFile | None:
    if not 0 < len(text) <= MAX_KEPT_BYTES * 4 // 3 + 4:
        return None
    try:
        content = b64decode(text, validate=True)
    except NoBase64Error:
        return None
    return SimpleUploadedFile("logo", content)


def _find_kind(content: bytes) -> str:
    return next((kind for start, kind in PICTURES.items() if content.startswith(start)), "")
