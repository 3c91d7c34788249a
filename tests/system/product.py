"""A running product, seen from outside: its API, its stream and its tables."""

import itertools
import json
import time
import tomllib
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import boto3

ROOT = Path(__file__).resolve().parent.parent.parent
HUBS = [
    hub["hub_id"]
    for hub in tomllib.loads((ROOT / "laboratory" / "simulator" / "pilot.toml").read_text())["hubs"]
]
numbers = itertools.count(1)


class Answer(NamedTuple):
    """An HTTP answer, whatever its status."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Product:
    """What `var/demo.json` says, and ways to use it as a partner, a vehicle or a reader would."""

    def __init__(self, told: dict[str, Any], var: Path, pid: int) -> None:
        self.told = told
        self.var = var
        self.pid = pid
        self.web = told["web"].rstrip("/")

    def reread(self) -> dict[str, Any]:
        """What demo.json says by now."""
        return json.loads((self.var / "demo.json").read_text())

    def client(self, service: str) -> Any:
        """A client of the embedded AWS."""
        return boto3.client(
            service,
            endpoint_url=self.told["aws_endpoint"],
            region_name=self.told["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Call an address of the product; with a body, as the partner whose key demo.json names."""
        sent = None if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.told['api_key']}"} if path.startswith("/api/v1") else {}
        given |= {"Content-Type": "application/json"} if sent is not None else {}
        request = urllib.request.Request(self.web + path, sent, given | (headers or {}), method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return _answer(response.status, response)
        except urllib.error.HTTPError as error:
            return _answer(error.code, error)

    def book(self, **fields: Any) -> dict[str, Any]:
        """A new booking; the answer of the API."""
        reference = f"order-{next(numbers)}-{time.time_ns()}"
        now = datetime.now(UTC)
        booking = {
            "reference": reference,
            "origin_hub": HUBS[0],
            "destination_hub": HUBS[1],
            "promised": {
                "from": (now + timedelta(hours=2)).isoformat(),
                "to": (now + timedelta(hours=5)).isoformat(),
            },
            "recipient": {
                "name": "Asha Example",
                "phone": "+919999900001",
                "email": "asha@example.com",
                "address": "1 Example Road",
                "pin_code": "560034",
                "language": "en",
                "consent": {"sms": True, "email": True},
            },
        }
        answer = self.call("POST", "/api/v1/shipments", booking | fields)
        assert answer.status == 201, answer
        return answer.json

    def put(self, *payloads: dict[str, Any] | bytes) -> None:
        """Put records on the stream as vehicles do."""
        records = []
        for payload in payloads:
            raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            key = payload.get("shipment_id") if isinstance(payload, dict) else None
            records.append({"Data": raw, "PartitionKey": str(key or "noise")})
        kinesis = self.client("kinesis")
        for start in range(0, len(records), 250):
            answer = kinesis.put_records(
                StreamName=self.told["names"]["stream"], Records=records[start : start + 250]
            )
            assert answer["FailedRecordCount"] == 0

    def timeline(self, shipment_id: str) -> list[dict[str, Any]]:
        """The rows of a shipment in the table, oldest first, its state last."""
        answer = self.client("dynamodb").query(
            TableName=self.told["names"]["tracking_table"],
            KeyConditionExpression="shipment_id = :id",
            ExpressionAttributeValues={":id": {"S": shipment_id}},
            ConsistentRead=True,
        )
        return answer["Items"]

    def new_shipment_id(self) -> str:
        """An id nothing else in the run uses."""
        return f"SYS-{next(numbers)}-{time.time_ns()}"


def _answer(status: int, response: Any) -> Answer:
    return Answer(status, {name.lower(): value for name, value in response.headers.items()}, response.read())
