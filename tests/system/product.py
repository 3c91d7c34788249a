"""Access to a running product from outside: its API, its stream and its tables."""

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

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent
HUBS = [
    hub["hub_id"]
    for hub in tomllib.loads((ROOT / "laboratory" / "simulator" / "pilot.toml").read_text())["hubs"]
]
numbers = itertools.count(1)


class Answer(NamedTuple):
    """HTTP answer of any status."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Product:
    """Running demo, used as a partner, a vehicle or a reader would; `demo` is the content of demo.json."""

    def __init__(self, demo: dict[str, Any], var: Path, pid: int) -> None:
        self.demo = demo
        self.var = var
        self.pid = pid
        self.web = demo["web"].rstrip("/")

    def reread_demo(self) -> dict[str, Any]:
        """Read demo.json again."""
        return json.loads((self.var / "demo.json").read_text())

    def client(self, service: str) -> Any:
        """Make a client of the AWS emulator."""
        return boto3.client(
            service,
            endpoint_url=self.demo["aws_endpoint"],
            region_name=self.demo["region"],
            aws_access_key_id=self.demo["aws_access_key"],
            aws_secret_access_key="test",
        )

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Call a path of the product; the partner API with the key from demo.json."""
        raw_body = None if body is None else json.dumps(body).encode()
        own_headers = (
            {"Authorization": f"Bearer {self.demo['api_key']}"} if path.startswith("/api/v1") else {}
        )
        own_headers |= {"Content-Type": "application/json"} if raw_body is not None else {}
        request = urllib.request.Request(
            self.web + path, raw_body, own_headers | (headers or {}), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
                return _answer(response.status, response)
        except urllib.error.HTTPError as error:
            return _answer(error.code, error)

    def book(self, **fields: Any) -> dict[str, Any]:
        """Book a shipment and return the API's answer."""
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
                StreamName=self.demo["names"]["stream"], Records=records[start : start + 250]
            )
            assert answer["FailedRecordCount"] == 0

    def timeline(self, shipment_id: str) -> list[dict[str, Any]]:
        """Read the rows of a shipment in the tracking table, oldest first, its state last."""
        answer = self.client("dynamodb").query(
            TableName=self.demo["names"]["tracking_table"],
            KeyConditionExpression="shipment_id = :id",
            ExpressionAttributeValues={":id": {"S": shipment_id}},
            ConsistentRead=True,
        )
        return answer["Items"]

    def new_shipment_id(self) -> str:
        """Return a shipment id that is used only once."""
        return f"SYS-{next(numbers)}-{time.time_ns()}"


def _answer(status: int, response: Any) -> Answer:
    return Answer(status, {name.lower(): value for name, value in response.headers.items()}, response.read())
