"""Price file, and its refresh from a price list of the form that AWS publishes."""

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from laboratory.cost.prices import PriceFileError, read_prices
from laboratory.cost.refresh import PRICE_LIST, find_price, refresh, write_prices

TODAY = date(2027, 1, 2)
OFFER = {
    "products": {
        "SHARD": {"attributes": {"usagetype": "APS3-Storage-ShardHour"}},
        "PUT": {"attributes": {"usagetype": "APS3-PutRequestPayloadUnits"}},
    },
    "terms": {
        "OnDemand": {
            "SHARD": {
                "T": {"priceDimensions": {"a": {"beginRange": "0", "pricePerUnit": {"USD": "0.0200"}}}}
            },
            "PUT": {
                "T": {
                    "priceDimensions": {
                        "free": {"beginRange": "0", "pricePerUnit": {"USD": "0"}},
                        "later": {"beginRange": "900", "pricePerUnit": {"USD": "0.00000001"}},
                        "first": {"beginRange": "10", "pricePerUnit": {"USD": "0.00000002"}},
                    }
                }
            },
        }
    },
}


@pytest.fixture
def price_list():
    """Address template of a server on loopback that knows one offer."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(OFFER if "AmazonKinesis/current/ap-south-1" in self.path else {}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    yield host + PRICE_LIST.partition("amazonaws.com")[2]
    server.shutdown()
    server.server_close()


def test_every_price_has_a_unit_a_source_a_date_and_says_whether_it_was_verified():
    prices = read_prices()
    assert prices.region == "ap-south-1"
    wrong = [
        name
        for name, price in prices.prices.items()
        if price.usd <= 0
        or not price.unit
        or not price.source.startswith("https://")
        or price.seen_on < date(2026, 1, 1)
    ]
    assert wrong == []
    assert 0 < len(prices.unverified) < len(prices.prices)


def test_a_million_is_a_million_pieces_and_an_hour_is_one():
    prices = read_prices().prices
    assert prices["sqs.requests"].single_usd == prices["sqs.requests"].usd / 1e6
    assert prices["ses.emails"].single_usd == prices["ses.emails"].usd / 1e3
    assert prices["nat.hours"].single_usd == prices["nat.hours"].usd


@pytest.mark.parametrize(
    "content",
    ["", "{}", '{"region": "x", "currency": "EUR", "prices": {}}', '{"region": "x", "prices": {"a": {}}}'],
)
def test_a_bad_price_file_is_refused_by_name(tmp_path, content):
    file = tmp_path / "bad.json"
    file.write_text(content)
    with pytest.raises(PriceFileError, match=r"^bad\.json: "):
        read_prices(file)


def test_a_refresh_takes_the_first_charged_tier_and_keeps_what_the_list_does_not_have(price_list, tmp_path):
    before = read_prices()
    found = refresh(before, TODAY, price_list)
    shard, put = found.prices.prices["kinesis.shard_hours"], found.prices.prices["kinesis.put_units"]
    assert (shard.usd, shard.seen_on, shard.verified) == (0.02, TODAY, True)
    assert put.usd == 0.02
    assert found.changed == ["kinesis.put_units", "kinesis.shard_hours"]
    assert set(found.missing) == set(before.prices) - set(found.changed)
    assert found.prices.prices["nat.hours"] == before.prices["nat.hours"]
    file = tmp_path / "again.json"
    file.write_text(write_prices(found.prices))
    assert read_prices(file) == found.prices


def test_a_usage_that_an_offer_does_not_have_has_no_price():
    assert find_price(OFFER, "APS3-Nothing") is None
    assert find_price({}, "APS3-Storage-ShardHour") is None
