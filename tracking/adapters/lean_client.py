"""Client for the frequent calls of a JSON service, in place of botocore's pipeline of events and models.

A call of botocore looks up its endpoint, and builds its request and its signature from models of the service.
That takes several times the CPU of the exchange. Here a frequent call is one template. Credentials, region,
endpoint, errors and all other calls stay with the boto3 client that this one wraps.
"""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import ChecksumError, NoCredentialsError
from botocore.hooks import first_non_none_response
from botocore.model import Shape
from urllib3.connection import HTTPConnection

from tracking.adapters.hot_json import PLAIN_REQUESTS, FastParserFactory, encode_request
from tracking.adapters.kept_connections import KeptConnections, Response
from tracking.adapters.signatures import Keys, Signer, Target
from tracking.progress import report_progress

# Refusals of a signature whose time differs too much from the clock of the service.
_TIME_REFUSALS = frozenset(
    {
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
    }
)
# AWS accepts five minutes; below this the clocks were not the cause.
_LEAST_SKEW = timedelta(minutes=4)
_NO_SKEW = timedelta()


class _Operation(NamedTuple):
    """Operation of a service: what is signed for it, the shape of its response, and its event of botocore."""

    name: str
    target: Target
    shape: Shape
    event: str


class LeanClient:
    """Client of one service: frequent operations directly, everything else by the wrapped boto3 client.

    It makes one attempt per call, as the wrapped client does, and raises the same errors. Handlers of the
    event `before-send` of the wrapped client may answer a call instead of the service. Safe to use from many
    threads.
    """

    def __init__(self, wrapped: Any, credentials: Any, connections: KeptConnections) -> None:
        """`credentials` are those of the session of botocore; they are asked for keys before every call."""
        self._wrapped = wrapped
        self._credentials = credentials
        self._connections = connections
        self._url = wrapped.meta.endpoint_url.rstrip("/") + "/"
        model = wrapped.meta.service_model
        self._signer = Signer(model.signing_name, wrapped.meta.region_name)
        self._plain_headers = {
            "accept-encoding": "identity",
            "connection": "keep-alive",
            "user-agent": wrapped.meta.config.user_agent,
        }
        self._parser = FastParserFactory().create_parser("json")
        # How far the clock of the service is ahead of ours, once it has refused a signature for that.
        self._skew = _NO_SKEW
        self._operations = {
            xform_name(name): self._describe(model, name)
            for name in PLAIN_REQUESTS[model.service_id.hyphenize()]
        }
        for method, operation in self._operations.items():
            setattr(self, method, partial(self._call, operation))

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the wrapped client: another operation, `meta`, `exceptions`."""
        return getattr(self._wrapped, name)

    def _describe(self, model: Any, name: str) -> _Operation:
        meta = model.metadata
        target = Target(
            urlsplit(self._url).netloc.rpartition("@")[2],
            f"application/x-amz-json-{meta['jsonVersion']}",
            f"{meta['targetPrefix']}.{name}",
        )
        event = f"before-send.{model.service_id.hyphenize()}.{name}"
        return _Operation(name, target, model.operation_model(name).output_shape, event)

    def begin(self, method: str, **request: Any) -> Callable[[], dict[str, Any]]:
        """Send the request of a frequent call; return what receives its response, or raises its error.

        So a thread can have several calls under way. What is returned must be called once.
        """
        operation, body = self._operations[method], encode_request(request)
        return partial(self._finish, operation, body, self._send(operation, body))

    def _call(self, operation: _Operation, **request: Any) -> dict[str, Any]:
        body = encode_request(request)
        return self._finish(operation, body, self._send(operation, body))

    def _finish(self, operation: _Operation, body: bytes, sent: HTTPConnection | Response) -> dict[str, Any]:
        """Return the response to a request as botocore does.

        A call that was refused since our clock is wrong is signed again once, by the clock of the service.
        """
        response = self._receive(sent)
        answer = self._parse(operation, response)
        if response.status >= 300 and self._corrects_clock(answer, response):
            response = self._receive(self._send(operation, body))
            answer = self._parse(operation, response)
        if response.status >= 300:
            code = answer.get("Error", {}).get("Code")
            raise self._wrapped.exceptions.from_code(code)(answer, operation.name)
        return answer

    def _send(self, operation: _Operation, body: bytes) -> HTTPConnection | Response:
        """Send a request; return the connection to receive its response on, or that of a handler."""
        report_progress()
        if self._credentials is None:
            raise NoCredentialsError
        keys = Keys(*self._credentials.get_frozen_credentials()[:3])
        now = datetime.now(UTC) + self._skew
        headers = self._signer.sign(operation.target, body, keys, now)
        headers["content-length"] = str(len(body))
        headers |= self._plain_headers
        answered = self._ask_handlers(operation, headers, body)
        if answered is not None:
            return answered
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return self._connections.send(f"POST / HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body)

    def _receive(self, sent: HTTPConnection | Response) -> Response:
        if isinstance(sent, Response):
            return sent
        response = self._connections.receive(sent)
        _check_sum(response)
        return response

    def _ask_handlers(self, operation: _Operation, headers: dict[str, str], body: bytes) -> Response | None:
        """Return the response of a handler of the event `before-send`, or None if there is none."""
        request = AWSPreparedRequest("POST", self._url, headers, body, stream_output=False)
        responses = self._wrapped.meta.events.emit(operation.event, request=request)
        given = first_non_none_response(responses)
        if given is None:
            return None
        headers = {name.lower(): value for name, value in given.headers.items()}
        return Response(given.status_code, headers, given.content)

    def _parse(self, operation: _Operation, response: Response) -> dict[str, Any]:
        """Return the response as botocore does; an error also gets the fields of its own shape."""
        is_error = response.status >= 300
        received = {
            "status_code": response.status,
            "headers": HeadersDict(response.headers) if is_error else response.headers,
            "body": response.body,
            "context": {"operation_name": operation.name},
        }
        parsed: dict[str, Any] = self._parser.parse(received, operation.shape)
        if is_error:
            model = self._wrapped.meta.service_model
            shape = model.shape_for_error_code(parsed.get("Error", {}).get("Code"))
            if shape is not None:
                parsed |= self._parser.parse(received, shape)
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return parsed

    def _corrects_clock(self, answer: dict[str, Any], response: Response) -> bool:
        """Return whether a refusal was due to our clock; later signatures then follow the service's clock."""
        if answer.get("Error", {}).get("Code") not in _TIME_REFUSALS or "date" not in response.headers:
            return False
        try:
            theirs = parsedate_to_datetime(response.headers["date"])
        except ValueError:
            return False
        skew = theirs - datetime.now(UTC)
        if abs(skew - self._skew) < _LEAST_SKEW:
            return False
        self._skew = skew
        return True


def _check_sum(response: Response) -> None:
    """Raise `ChecksumError` for a response of DynamoDB that was damaged on its way, as botocore does."""
    expected = response.headers.get("x-amz-crc32")
    if expected is None or int(expected) == (actual := zlib.crc32(response.body)):
        return
    raise ChecksumError(checksum_type="crc32", expected_checksum=int(expected), actual_checksum=actual)
