"""Read query parameters into their type."""

from typing import TypeVar

import msgspec
from django.http import QueryDict
from rest_framework.request import Request

from tracking.api.bodies import check_moments, find_mistake
from tracking.services.requests.refusals import Mistake, RequestRefusedError

Kind = TypeVar("Kind")


def read_query(request: Request, kind: type[Kind]) -> Kind:
    """Decode the query as a value of this type. Raises `RequestRefusedError` with pointers `?name`."""
    try:
        query = msgspec.convert(_read_once(request.query_params), kind, strict=False)
        check_moments(query)
    except msgspec.ValidationError as error:
        raise _point_to_parameters([find_mistake(error, kind)]) from error
    except RequestRefusedError as error:
        raise _point_to_parameters(error.mistakes) from error
    return query


def _read_once(parameters: QueryDict) -> dict[str, str]:
    """Return the value of each parameter. Raises `RequestRefusedError` for a repeated one, and for `null`.

    `msgspec` reads the text `null` as no value; in a query, no value is a parameter that is left out.
    """
    values = dict(parameters.lists())
    mistakes = [
        Mistake(f"/{name}", "invalid", "given more than once") for name in values if len(values[name]) > 1
    ]
    mistakes += [
        Mistake(f"/{name}", "invalid", "leave the parameter out instead")
        for name, (value, *_) in values.items()
        if value.lower() == "null"
    ]
    if mistakes:
        raise RequestRefusedError(mistakes)
    return {name: value for name, (value, *_) in values.items()}


def _point_to_parameters(mistakes: list[Mistake]) -> RequestRefusedError:
    """Return the error whose pointers name query parameters."""
    return RequestRefusedError(
        [
            msgspec.structs.replace(mistake, pointer="?" + mistake.pointer.removeprefix("/"))
            for mistake in mistakes
        ]
    )
