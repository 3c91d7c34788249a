"""Reads the newest prices from the public price list of AWS; it needs no account."""

import json
import urllib.request
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.error import URLError

import msgspec

from laboratory.cost.prices import PriceFile

PRICE_LIST = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{offer}/current/{region}/index.json"
# The file of one offer may have some hundred MB.
ANSWER_WITHIN_S = 120.0


class Refreshed(NamedTuple):
    """Price file with what was found, and the names of prices that were not found."""

    prices: PriceFile
    changed: list[str]
    missing: list[str]


def read_offer(address: str) -> Mapping[str, Any]:
    """Return an offer file. Raises `OSError` or `ValueError` if it cannot be read."""
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - https or a test's server
            return dict(json.load(answer))
    except URLError as error:
        raise OSError(f"{address}: {error.reason}") from error


def refresh(prices: PriceFile, today: date, template: str = PRICE_LIST) -> Refreshed:
    """Return the file with today's list prices. A price that the list does not have keeps its value.

    Raises `OSError` or `ValueError` if an offer cannot be read.
    """
    offers: dict[str, Mapping[str, Any]] = {}
    found, changed, missing = {}, [], []
    for name, price in prices.prices.items():
        usd = None
        if price.offer and price.usage_type:
            if price.offer not in offers:
                offers[price.offer] = read_offer(template.format(offer=price.offer, region=prices.region))
            usd = find_price(offers[price.offer], price.usage_type)
        if usd is None:
            missing.append(name)
            found[name] = price
            continue
        now = round(usd * price.multiple, 8)
        changed += [name] if now != price.usd else []
        found[name] = msgspec.structs.replace(
            price, usd=now, seen_on=today, verified=True, source=f"price list of AWS, {price.offer}"
        )
    return Refreshed(msgspec.structs.replace(prices, prices=found), changed, missing)


def find_price(offer: Mapping[str, Any], usage_type: str) -> float | None:
    """Return the price of one piece in the first charged tier; None if the offer has no such usage."""
    terms = offer.get("terms", {}).get("OnDemand", {})
    tiers = [
        (float(tier.get("beginRange", 0)), float(tier["pricePerUnit"].get("USD", 0)))
        for sku, product in offer.get("products", {}).items()
        if product.get("attributes", {}).get("usagetype") == usage_type
        for term in terms.get(sku, {}).values()
        for tier in term.get("priceDimensions", {}).values()
    ]
    charged = sorted(tier for tier in tiers if tier[1] > 0)
    return charged[0][1] if charged else None


def write_prices(prices: PriceFile) -> str:
    """Return a price file as text."""
    written = msgspec.json.format(msgspec.json.encode(prices), indent=2)
    return written.decode() + "\n"
