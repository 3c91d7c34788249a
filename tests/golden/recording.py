"""Answers of the product as text that people can read, and the few values that are masked in it, with why."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from django.test import Client

REQUEST_ID = "golden-request"
# What is chance or the machine's own in a body, and what stands in its place.
MASKS = [
    # A form's token is chance, and is masked anew for each answer.
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*'), r"\1CSRF"),
    (re.compile(r'("X-CSRFToken": ")[^"]*'), r"\1CSRF"),
    (re.compile(r"(&quot;X-CSRFToken&quot;: &quot;).*?(?=&quot;)"), r"\1CSRF"),
    # The bytes of a picture drawn anew depend on the release of Pillow.
    (re.compile(r'("sha256":")[0-9a-f]{64}'), r"\1SHA256"),
]
# Sessions and the tokens of forms are chance; that they are set is held, not their value.
POLICY = "Content-Security-Policy"
MASKED_COOKIES = {"sessionid", "csrftoken"}


def mask(text: str) -> str:
    """The text without what differs between two runs of the same product."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def to_json(value: Any) -> str:
    """A value as indented JSON; the order of keys is kept, since it is a part of what the product answers."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def to_rows(rows: Iterable[dict[str, Any]]) -> str:
    """Rows as JSON, one attribute a line."""
    return "[\n" + ",\n".join(map(_to_row, rows)) + "\n]\n"


def _to_row(row: dict[str, Any]) -> str:
    lines = (f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in row.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def compare(before: str, after: str) -> str:
    """What differs between two pages, line by line: enough to hold the second where the first is held."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


class Recorder:
    """Sends requests and keeps what was answered: status, headers, body and the hash of the body's bytes.

    Headers that are as in the first answer of all are left out; one that is missing is recorded as null.
    """

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self._usual: dict[str, str] = {}

    def call(
        self,
        client: Client,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Any = None,
        form: dict[str, Any] | None = None,
        keep: str = "json",
        **headers: str,
    ) -> Any:
        """Send one request and record it; with `keep="hash"` without the text of its body. The response."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["X-Request-Id"] = REQUEST_ID
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        data: dict[str, Any] = {}
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            data = {"data": raw, "content_type": "application/json"}
        elif form is not None:
            data = {"data": form}
        response = getattr(client, method.lower())(path, headers=sent, **data)
        self.calls.append(
            {
                "request": f"{method} {path}",
                "sent": None if body is None or isinstance(body, bytes) else body,
                **headers,
                "status": response.status_code,
                "headers": self._tell_headers(response),
                **self._tell_body(response, keep),
            }
        )
        return response

    def _tell_headers(self, response: Any) -> dict[str, str | None]:
        told = dict(response.headers)
        told.pop("Content-Length", None)
        for name, cookie in response.cookies.items():
            value = "CHANCE" if name in MASKED_COOKIES else cookie.value
            told[f"Set-Cookie {name}"] = cookie.OutputString().replace(cookie.coded_value, value)
        if POLICY in told:
            # django-csp keeps the directives in a set, so that their order is that of Python's hashes.
            told[POLICY] = "; ".join(sorted(told[POLICY].split("; ")))
        if not self._usual:
            self._usual = told
            return told
        missing = dict.fromkeys(sorted(self._usual.keys() - told.keys()))
        return missing | {name: value for name, value in told.items() if self._usual.get(name) != value}

    def _tell_body(self, response: Any, keep: str) -> dict[str, Any]:
        text = mask(read_text(response))
        told: dict[str, Any] = {"sha256": hashlib.sha256(text.encode()).hexdigest()[:16]}
        if keep == "json" and text:
            try:
                told["body"] = json.loads(text)
            except ValueError:
                told["body"] = text
        return told


def read_text(response: Any) -> str:
    """The body of an answer, whether it came whole or in parts."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"({response.headers['Content-Type']})"
