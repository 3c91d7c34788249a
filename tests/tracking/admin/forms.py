"""Calls of the admin as a browser makes them, and what its pages say."""

import re
from typing import Any

from django.urls import reverse

from tracking.models import StaffAction


def page_of(model: str, page: str = "changelist", *args: Any) -> str:
    """Return the path of a page of a model, which is named by app and model: `tracking_hub`."""
    return reverse(f"admin:{model}_{page}", args=args)


def read_errors(answer) -> list[str]:
    """Return the errors on a page of a form."""
    assert answer.status_code == 200
    lists = re.findall(r'<ul class="errorlist.*?</ul>', answer.content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]+>", "", item) for each in lists for item in re.findall(r"<li>(.*?)</li>", each)]


def read_secret(answer) -> str:
    """Return the secret that a page shows; no cache may store it."""
    assert "no-store" in answer["Cache-Control"]
    (secret,) = re.findall(r'class="secret" type="text" value="([^"]+)"', answer.content.decode())
    return secret


def read_labels(answer) -> set[str]:
    """Return the labels of the buttons below a record."""
    return set(
        re.findall(r'<button class="button[^"]*" name="_\w+" value="1">([^<]+)<', answer.content.decode())
    )


def list_entries() -> list[tuple[str, str]]:
    """Return change and kind of object of the entries in the audit log, oldest first."""
    rows = StaffAction.objects.order_by("pk")
    return [(row.after["change"], row.subject.rpartition(" ")[0]) for row in rows]
