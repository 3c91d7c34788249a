"""What stands behind the `?` of an address, read into its type."""

from typing import TypeVar

import msgspec
from rest_framework.request import Request

from tracking.api.bodies import check_moments, find_mistake
from tracking.services.requests.refusals import Mistake, RequestRefusedError

Kind = TypeVar("Kind")


def read_query(request: Request, kind: type[Kind]) -> Kind:
    """The query as a value of this type; raises `RequestRefusedError`, naming the parameter as `?name`."""
    try:
        query = msgspec.convert(request.query_params.dict(), kind, strict=False)
        check_moments(query)
    except msgspec.ValidationError as error:
        raise _name([find_mistake(error)]) from error
    except RequestRefusedError as error:
        raise _name(error.mistakes) from error
    return query


def _name(mistakes: list[Mistake]) -> RequestRefusedError:
    """The mistakes with their parameters named as such."""
    return RequestRefusedError(
        [
            msgspec.structs.replace(mistake, pointer="?" + mistake.pointer.removeprefix("/"))
            for mistake in mistakes
        ]
    )
