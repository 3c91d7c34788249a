"""Stub of Amazon Location, run as a program: it answers correctly, slowly, or with invalid answers.

`python geo_places.py MODE` prints the port it listens on. Each answer counts one on `GET /count`.
"""

import http.server
import json
import sys
import time

SLOW_S = 5.0
GOOD = {
    "PricingBucket": "Stored",
    "ResultItems": [
        {
            "PlaceId": "p1",
            "PlaceType": "Locality",
            "Title": "Refined town",
            "Address": {
                "Country": {"Code2": "IN", "Code3": "IND", "Name": "India"},
                "Region": {"Code": "KA", "Name": "Refined state"},
                "SubRegion": {"Name": "Refined district"},
                "Locality": "Refined town",
                "PostalCode": "560999",
            },
        }
    ],
}
NONSENSE = [b"<html>", b"{}", b'{"ResultItems": []}', b'{"ResultItems": [{"Address": {"Country": 7}}]}', b""]


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers every call in the mode of the program."""

    mode = "good"
    calls = 0

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Answers.calls += 1
        if Answers.mode == "slow":
            time.sleep(SLOW_S)
        is_nonsense = Answers.mode == "nonsense"
        self.answer(NONSENSE[Answers.calls % len(NONSENSE)] if is_nonsense else json.dumps(GOOD).encode())

    def do_GET(self):
        self.answer(str(Answers.calls).encode())

    def answer(self, body: bytes):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            # The caller has given up waiting.
            return

    def log_message(self, *_):
        """Log nothing."""


if __name__ == "__main__":
    Answers.mode = sys.argv[1]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
