"""What stands behind the `?` of an address, read into its type."""

from typing import TypeVar

import msgspec
from rest_framework.request import Request

from tracking.api.bodies import find_mistake
from tracking.services.requests import RequestRefusedError

Kind = TypeVar("Kind")


def read_query(request: Request, kind: type[Kind]) -> Kind:
    """The query as a value of this type; raises `RequestRefusedError`, naming the parameter as `?name`."""
    try:
        return msgspec.convert(request.query_params.dict(), kind, strict=False)
    except msgspec.ValidationError as error:
        mistake = find_mistake(error)
        named = msgspec.structs.replace(mistake, pointer="?" + mistake.pointer.removeprefix("/"))
        raise RequestRefusedError([named]) from error
