"""Structured logs on stderr: one line an event, with ids and never with a customer's text."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from api.settings import Settings

_log = structlog.get_logger(__name__)


def configure_logs(settings: Settings) -> None:
    """Send all logs, ours and the libraries', to stderr in one form.

    Parameters
    ----------
    settings : Settings
        Level and form.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_write_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    # Our own lines, one a request at least, do not take the standard library's long way.
    structlog.configure(
        processors=[*shared, _without_messages, renderer],
        logger_factory=_to_stderr,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_messages,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True
    for noisy in ("alembic", "sqlalchemy", "asyncio", "httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log_failure(event: str, error: BaseException, **ids: str) -> None:
    """Log an unexpected error by its type and place; its message might hold a customer's words.

    Parameters
    ----------
    event : str
        Name of the log line.
    error : BaseException
        What was raised.
    **ids : str
        Ids that say what it was about.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    cause = error.__cause__ or error.__context__
    _log.error(
        event,
        error=type(error).__qualname__,
        caused_by=type(cause).__qualname__ if cause else None,
        where=where,
        **ids,
    )


class _Stderr:
    """Writes finished lines."""

    def msg(self, line: str) -> None:
        """Write one line, in one piece, to where stderr goes now."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def _to_stderr(*_names: Any) -> _Stderr:
    """Make a logger for structlog."""
    return _Stderr()


def _write_json(event: Any, **_options: Any) -> str:
    """Write one line."""
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _without_messages(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace a foreign library's exception by its type: its message might hold a customer's words."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and info[0] is not None:
        event["error"] = info[0].__qualname__
    return event
