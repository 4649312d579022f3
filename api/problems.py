"""Errors as HTTP answers: ``application/problem+json`` (RFC 9457) in the caller's language."""

import json
from collections.abc import Iterable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import (
    Bilingual,
    Fault,
    InvalidJsonError,
    InvalidRequestError,
    MediaTypeError,
    NotFoundError,
    RequestError,
    ServiceError,
    UnavailableError,
)

_log = structlog.get_logger(__name__)


class ProblemFault(BaseModel):
    """One thing that is wrong, and where."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error as the caller sees it (RFC 9457)."""

    type: str = Field(examples=["urn:voc:problem:not_found"])
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable name of the error, for programs.")
    request_id: str
    errors: list[ProblemFault] = []


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the error answers of a route for OpenAPI.

    Parameters
    ----------
    *statuses : int
        HTTP statuses that the route may answer beside its success; 401, 403, 422, 429 and
        503 are always there.

    Returns
    -------
    dict[int | str, dict[str, Any]]
        FastAPI's `responses`.
    """
    content = {"application/problem+json": {"schema": _problem_schema()}}
    return {
        status: {"description": _DESCRIPTIONS[status], "content": content}
        for status in sorted({401, 403, 422, 429, 503, *statuses})
    }


_DESCRIPTIONS = {
    400: "The body is not JSON, or the cursor is unknown / JSON またはカーソルの誤り",
    401: "Key missing or unknown / API キーがないか無効",
    403: "The key lacks the scope / 権限不足",
    404: "Not there, or another tenant's / 該当なし",
    409: "Not possible as things stand now / 現在の状態では実行不可",
    412: "Somebody changed it since / 他の変更と競合",
    413: "Body over the limit / 本文が上限超過",
    415: "Not JSON / JSON 以外の形式",
    422: "Contents cannot be used / 内容の誤り",
    428: "Send If-Match / If-Match が必要",
    429: "Too many requests; come back after Retry-After seconds / 上限超過。Retry-After 秒後に再試行",
    503: "Try again later / 一時的に利用不可",
}


def preferred_language(accept_language: str | None) -> str:
    """Choose between Japanese and English by an Accept-Language header.

    Parameters
    ----------
    accept_language : str | None
        The header as it was sent.

    Returns
    -------
    str
        ``ja`` or ``en``; English when neither is asked for.
    """
    best, best_weight = "en", 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        weight = _weight(parameter)
        if language in ("ja", "en") and weight > best_weight:
            best, best_weight = language, weight
    return best


def problem_response(error: ServiceError, *, accept_language: str | None, request_id: str) -> Response:
    """Turn an error into its answer.

    Parameters
    ----------
    error : ServiceError
        What went wrong.
    accept_language : str | None
        The caller's Accept-Language header.
    request_id : str
        Id of the request, to find it in the log.

    Returns
    -------
    Response
        ``application/problem+json`` with the error's status and headers.
    """
    language = preferred_language(accept_language)
    body: dict[str, Any] = {
        "type": f"urn:voc:problem:{error.code}",
        "title": error.title.said_in(language),
        "status": error.status,
        "detail": error.detail.said_in(language),
        "code": error.code,
        "request_id": request_id,
    }
    if error.faults:
        body["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail.said_in(language)} for fault in error.faults
        ]
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    headers = {**error.headers, "Content-Language": language}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(content, error.status, headers, "application/problem+json")


def install_handlers(app: FastAPI) -> None:
    """Answer every known error as a problem.

    Parameters
    ----------
    app : FastAPI
        The application.
    """

    def answer(request: Request, error: ServiceError) -> Response:
        return problem_response(
            error,
            accept_language=request.headers.get("accept-language"),
            request_id=str(request.scope.get("voc.request_id", "")),
        )

    @app.exception_handler(ServiceError)
    def _service_error(request: Request, error: ServiceError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, _from_validation(error))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        response = answer(request, _from_status(error.status_code))
        response.headers.update(error.headers or {})
        return response

    def _database(request: Request, error: Exception) -> Response:
        _log.error("database_unavailable", error=type(error).__name__)
        return answer(request, UnavailableError())

    for kind in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(kind, _database)


def pointer(parts: Iterable[object]) -> str:
    """Write a JSON pointer (RFC 6901).

    Parameters
    ----------
    parts : Iterable[object]
        Keys and indices from the root.

    Returns
    -------
    str
        For instance ``/comments/3/text``; what cannot be written in UTF-8 is replaced.
    """
    escaped = (str(part).replace("~", "~0").replace("/", "~1")[:100] for part in parts)
    return "".join(f"/{part}" for part in escaped).encode("utf-8", "replace").decode()


def _problem_schema() -> dict[str, Any]:
    """Return the JSON schema of a problem in one piece (OpenAPI has no ``$defs`` inside a response)."""
    schema = Problem.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["ProblemFault"]
    return schema


def _weight(parameter: str) -> float:
    """Read ``q=0.8``; 1 when absent, 0 when unreadable."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _from_validation(error: RequestValidationError) -> RequestError:
    """Turn FastAPI's validation error into ours; the input itself is never repeated."""
    details = error.errors()
    if any(item["type"] == "json_invalid" for item in details):
        return InvalidJsonError()
    faults = []
    for item in details:
        where, *rest = item["loc"]
        parts = rest if where == "body" else (where, *rest)
        message = str(item["msg"])
        faults.append(Fault(pointer(parts), Bilingual(message, f"値が正しくありません: {message}")))
    return InvalidRequestError(faults)


def _from_status(status: int) -> ServiceError:
    """Turn a bare HTTP status of the framework into one of our errors."""
    if status == 404:
        return NotFoundError()
    if status == 415:
        return MediaTypeError()
    if status == 400:
        return InvalidJsonError()
    error = RequestError(
        Bilingual(
            f"The request was answered with HTTP status {status}; see docs/api.md for the calls.",
            f"HTTP ステータス {status} です。呼び出し方は docs/api.md を参照してください。",
        )
    )
    if status == 405:
        return _MethodError(error.detail)
    return error


class _MethodError(RequestError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"
    title = Bilingual("Method not allowed", "使用できないメソッドです")
