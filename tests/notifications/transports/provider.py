"""An HTTP server on the loopback address that stands for a provider and keeps the requests it gets."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self


class Received(NamedTuple):
    """Request that the provider got; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Provider:
    """Server that answers each request with `status` and `answer`, or with the status set for its path."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status, self.answer = 201, b""
        self.status_by_path: dict[str, int] = {}
        provider = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                provider.received.append(Received(self.path, headers, body))
                self.send_response(provider.status_by_path.get(self.path, provider.status))
                self.send_header("Content-Length", str(len(provider.answer)))
                self.end_headers()
                self.wfile.write(provider.answer)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is Python's.
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the server; safe to repeat."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
