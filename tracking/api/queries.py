"""Read query parameters into their type."""

from typing import TypeVar

import msgspec
from rest_framework.request import Request

from tracking.api.bodies import check_moments, find_mistake
from tracking.services.requests.refusals import Mistake, RequestRefusedError

Kind = TypeVar("Kind")


def read_query(request: Request, kind: type[Kind]) -> Kind:
    """Decode the query as a value of this type. Raises `RequestRefusedError` with pointers `?name`."""
    try:
        query = msgspec.convert(request.query_params.dict(), kind, strict=False)
        check_moments(query)
    except msgspec.ValidationError as error:
        raise _point_to_parameters([find_mistake(error)]) from error
    except RequestRefusedError as error:
        raise _point_to_parameters(error.mistakes) from error
    return query


def _point_to_parameters(mistakes: list[Mistake]) -> RequestRefusedError:
    """Return the error whose pointers name query parameters."""
    return RequestRefusedError(
        [
            msgspec.structs.replace(mistake, pointer="?" + mistake.pointer.removeprefix("/"))
            for mistake in mistakes
        ]
    )
