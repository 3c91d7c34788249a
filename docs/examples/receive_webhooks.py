"""Receiver of webhooks with only the standard library: verifies signature and time, takes each one once.

WEBHOOK_SECRET holds the secret of the endpoint; during a rotation both, separated by a space. PORT is where
it listens on this machine, behind your HTTPS proxy.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Seconds by which the time of an attempt may differ from this clock.
TOLERANCE_S = 300
MAX_BYTES = 64 * 1024
SECRETS = os.environ.get("WEBHOOK_SECRET", "").split()
# In production: a table with a unique key, written in the transaction that stores what you received.
seen: set[str] = set()


def is_genuine(headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Return whether one of the signatures is ours for these bytes, and the attempt was made just now."""
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit()) or abs(now - int(sent_at)) > TOLERANCE_S:
        return False
    signed = f"{message_id}.{sent_at}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in SECRETS]
    ours = [b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    sent = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(one, other) for one in ours for other in sent)


class Receiver(BaseHTTPRequestHandler):
    """Answers at once; the work belongs into a queue of yours."""

    def do_POST(self) -> None:
        """Verify the exact bytes before reading them as JSON; answer 204 also for a repeat."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(min(length, MAX_BYTES))
        if not is_genuine(self.headers, body, time.time()):
            self._answer(401)
            return
        message_id = self.headers["webhook-id"]
        if message_id not in seen:
            seen.add(message_id)
            print(message_id, json.loads(body)["type"], flush=True)  # noqa: T201 - Your work begins here.
        self._answer(204)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    if not SECRETS:
        sys.exit("Set WEBHOOK_SECRET to the secret of your endpoint: create the endpoint first.")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)  # noqa: T201 - A program.
    server.serve_forever()
