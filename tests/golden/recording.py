"""Recording of the product's answers as readable text, with the masks for values that differ between runs."""

import difflib
import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Any

from django.test import Client

from tests.golden.product import to_compressed, unpack

REQUEST_ID = "golden-request"
# Attributes of rows that are compressed.
COMPRESSED = {"state", "detail", "change"}
# Patterns of values in a body that are random or depend on the machine, and their replacements.
MASKS = [
    # A form's token is random and differs in each answer.
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*'), r"\1CSRF"),
    (re.compile(r'("X-CSRFToken": ")[^"]*'), r"\1CSRF"),
    (re.compile(r"(&quot;X-CSRFToken&quot;: &quot;).*?(?=&quot;)"), r"\1CSRF"),
    # The bytes of a drawn picture depend on the release of Pillow.
    (re.compile(r'("sha256":")[0-9a-f]{64}'), r"\1SHA256"),
]
# Values of sessions and of form tokens are random; only their presence is recorded.
POLICY = "Content-Security-Policy"
MASKED_COOKIES = {"sessionid", "csrftoken"}
# The ETag of the customer's page ends with a hash, which each change of the code may change.
PAGE_ETAG = re.compile(r'^("\d+-[a-z]+-)[0-9a-f]{12}"$')


def mask(text: str) -> str:
    """Mask the values that differ between two runs of the same product."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def _mask_etag(value: str) -> str:
    return PAGE_ETAG.sub(r'\1PAGE"', value)


def to_json(value: Any) -> str:
    """Format a value as indented JSON; the order of keys is kept, since it is part of the answer."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def to_rows(rows: Iterable[dict[str, Any]]) -> str:
    """Format rows as JSON, one attribute on each line. What is compressed is shown as `{"JSON": value}`."""
    return "[\n" + ",\n".join(map(_to_row, rows)) + "\n]\n"


def read_rows(text: str) -> list[dict[str, Any]]:
    """Return formatted rows as they are sent to the store."""
    return [
        {name: _compress(value["JSON"]) if "JSON" in value else value for name, value in row.items()}
        for row in json.loads(text)
    ]


def _to_row(row: dict[str, Any]) -> str:
    shown = {
        name: _decompress(value) if name in COMPRESSED and "B" in value else value
        for name, value in row.items()
    }
    lines = (f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in shown.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _compress(value: Any) -> dict[str, str]:
    return {"B": b64encode(to_compressed(value)["B"]).decode()}


def _decompress(attribute: dict[str, str]) -> dict[str, Any]:
    return {"JSON": json.loads(unpack(b64decode(attribute["B"])))}


def compare(before: str, after: str) -> str:
    """Return the difference of two pages, line by line, without context."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


class Recorder:
    """Sends requests and records the answers: status, headers, body and the hash of the body's bytes.

    Headers that equal those of the first answer are left out; a missing one is recorded as null.
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
        """Send a request, record it and return the response; `keep="hash"` omits the text of its body."""
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
                **{name: _mask_etag(value) for name, value in headers.items()},
                "status": response.status_code,
                "headers": self._describe_headers(response),
                **self._describe_body(response, keep),
            }
        )
        return response

    def _describe_headers(self, response: Any) -> dict[str, str | None]:
        answered = dict(response.headers)
        answered.pop("Content-Length", None)
        for name, cookie in response.cookies.items():
            value = "CHANCE" if name in MASKED_COOKIES else cookie.value
            answered[f"Set-Cookie {name}"] = cookie.OutputString().replace(cookie.coded_value, value)
        if POLICY in answered:
            # django-csp keeps the directives in a set, so that their order is that of Python's hashes.
            answered[POLICY] = "; ".join(sorted(answered[POLICY].split("; ")))
        if "ETag" in answered:
            answered["ETag"] = _mask_etag(answered["ETag"])
        if not self._usual:
            self._usual = answered
            return answered
        missing = dict.fromkeys(sorted(self._usual.keys() - answered.keys()))
        return missing | {name: value for name, value in answered.items() if self._usual.get(name) != value}

    def _describe_body(self, response: Any, keep: str) -> dict[str, Any]:
        text = mask(read_text(response))
        described: dict[str, Any] = {"sha256": hashlib.sha256(text.encode()).hexdigest()[:16]}
        if keep == "json" and text:
            try:
                described["body"] = json.loads(text)
            except ValueError:
                described["body"] = text
        return described


def read_text(response: Any) -> str:
    """Read the body of an answer, streamed or not."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"({response.headers['Content-Type']})"
