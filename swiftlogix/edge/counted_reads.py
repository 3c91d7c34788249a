"""Public reads counted as answered or failed, for the availability on the status page."""

import os
import secrets
import socket
from http import HTTPStatus

from swiftlogix.edge.protocol import Application, Message, Receive, Scope, Send
from tracking.pages.early import PUBLIC_PREFIX
from tracking.ports import ports
from tracking.receipt_reporter import ReceiptReporter
from tracking.receipts import ReceiptMeter


class CountedReads:
    """Layer that counts each answer to a public read: 2xx and 3xx as answered, 5xx and exceptions as failed.

    4xx are not counted: such a request is not valid, and scanners would improve the figures with them.
    """

    def __init__(self, application: Application, meter: ReceiptMeter) -> None:
        """Count in `meter`; its figures are stored from the first read on."""
        self._application = application
        self._meter = meter
        self._reporter: ReceiptReporter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, and count it if it is a public read."""
        if scope["type"] != "http" or not scope["path"].startswith(PUBLIC_PREFIX):
            await self._application(scope, receive, send)
            return
        statuses: list[int] = []

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        try:
            await self._application(scope, receive, send_noted)
        except Exception:
            self._count(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise
        # Without an answer the client has gone.
        if statuses:
            self._count(statuses[0])

    def _count(self, status: int) -> None:
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        self._meter.count_read(is_answered=status < HTTPStatus.BAD_REQUEST)
        if self._reporter is None:
            # Not before the first read, since processes are forked and files are loaded until then.
            name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
            self._reporter = ReceiptReporter(self._meter, lambda: ports().receipts, name)
            self._reporter.start()
