"""Starlette peer: one route that reads with plain boto3, and keeps states in memory for a second.

As the peer on Django REST framework, it counts no requests and answers no conditional request.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laboratory.bench.peers.drf_settings")

import boto3
import django

# The names of statuses are translated by Django.
django.setup()

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from laboratory.bench.peers.drf_reads import TABLE
from laboratory.bench.peers.kept_for_a_second import KeptForASecond
from tracking.adapters.items import read_state, state_key
from tracking.answer import public_answer

_client = boto3.client(
    "dynamodb", region_name=os.environ["AWS_REGION"], endpoint_url=os.environ["AWS_ENDPOINT_URL"]
)
_kept = KeptForASecond()


def show_public(request: Request) -> JSONResponse:
    """Answer with the state, at most a second old; Starlette runs this on a thread."""
    shipment_id = request.path_params["shipment_id"]
    state = _kept.find(shipment_id)
    if state is None:
        answer = _client.get_item(TableName=TABLE, Key=state_key(shipment_id), ConsistentRead=True)
        if "Item" not in answer:
            raise HTTPException(404)
        state = read_state(answer["Item"])
        _kept.keep(state)
    return JSONResponse(public_answer(state))


application = Starlette(routes=[Route("/tracking/{shipment_id}", show_public)])
