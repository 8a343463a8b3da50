"""Errors of the API: JSON with ``detail`` in plain words, and ``errors`` by field where fields are wrong."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from query import QueryError
from search.backends import Away, TooLong


class Problem(serializers.Serializer[Any]):
    """What every error answers."""

    detail = serializers.CharField()


class Invalid(Problem):
    """400: what is wrong, by field. ``position`` and ``length`` mark the place in a query."""

    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
    position = serializers.IntegerField(required=False)
    length = serializers.IntegerField(required=False)


PROBLEMS: dict[int, type[serializers.Serializer[Any]]] = {
    400: Invalid,
    401: Problem,
    403: Problem,
    404: Problem,
    409: Problem,
    429: Problem,
    503: Problem,
}


def problems(*codes: int) -> dict[int, type[serializers.Serializer[Any]]]:
    """For ``extend_schema(responses=…)``: the errors an endpoint can answer; 401 and 429 always."""
    return {code: PROBLEMS[code] for code in (401, 429, *codes)}


class InConflict(APIException):
    """Somebody was faster, or the thing is not in the state that the request needs."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Later(APIException):
    """It can't be done now; ``wait`` becomes Retry-After."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "later"

    def __init__(self, detail: str, wait: int) -> None:
        super().__init__(detail)
        self.wait = wait


class NotNow(Later):
    """The records can't be searched now, or not in the time that a search may take; the message says which."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, wait=5)


class WrongQuery(ValidationError):
    """A query that can't be used; the message names the field or the place."""

    def __init__(self, error: QueryError, parameter: str = "q") -> None:
        super().__init__({parameter: [str(error)]})
        self.place = {"position": error.position, "length": error.length}


class ApiView(APIView):
    """Every endpoint's base: takes JSON, and answers errors in one shape."""

    parser_classes = [JSONParser]

    def get_exception_handler(self) -> Any:
        return answer


RETRY_AFTER = {
    "description": "Seconds after which it is worth trying again.",
    "schema": {"type": "integer"},
}


def with_retry_after(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """The API's description says of each answer that asks to wait how it says so."""
    for operations in result["paths"].values():
        for operation in operations.values():
            for code in {"429", "503"} & set(operation.get("responses", ())):
                operation["responses"][code]["headers"] = {"Retry-After": RETRY_AFTER}
    return result


class NothingHere(ApiView):
    """404 as JSON for addresses below ours that lead nowhere, such as an id that can't be one."""

    schema = None

    def nothing(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound("there is nothing at this address")

    get = post = put = patch = delete = nothing


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Away | TooLong):
        error = NotNow(str(error))
    if isinstance(error, RequestDataTooBig):
        error = ParseError(f"the body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes")
    response = exception_handler(error, context)
    if response is None or not isinstance(error, ValidationError):
        return response
    errors = {name: flat(value) for name, value in as_fields(error.detail).items()}
    response.data = {"detail": sentence(errors), "errors": errors, **getattr(error, "place", {})}
    return response


def as_fields(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"body": detail}


def flat(value: Any, path: str = "") -> list[str]:
    """Nested messages as a list: ``{"0": {"level": ["wrong"]}}`` -> ``["0.level: wrong"]``."""
    if isinstance(value, dict):
        return [text for name, inner in value.items() for text in flat(inner, f"{path}.{name}" if path else str(name))]
    if isinstance(value, list):
        return [text for inner in value for text in flat(inner, path)]
    return [f"{path}: {value}" if path else str(value)]


def sentence(errors: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items())
