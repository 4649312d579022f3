"""Which requests carry or want JSON lines."""

NDJSON = "application/x-ndjson"
_MEDIA_TYPES = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_JOBS = "/v1/jobs"


def is_ndjson(content_type: str) -> bool:
    """Tell whether a body is JSON lines.

    Parameters
    ----------
    content_type : str
        The header.

    Returns
    -------
    bool
        True for the usual names of the media type.
    """
    return content_type.partition(";")[0].strip().lower() in _MEDIA_TYPES


def is_streamed_upload(method: str, path: str, content_type: str) -> bool:
    """Tell whether a request is read piece by piece, without the limit of other bodies.

    Parameters
    ----------
    method : str
        Of the request.
    path : str
        Of the request.
    content_type : str
        The header.

    Returns
    -------
    bool
        True for a job that is sent as JSON lines.
    """
    return method == "POST" and path == _JOBS and is_ndjson(content_type)


def wants_ndjson(accept: str | None) -> bool:
    """Tell whether a caller prefers JSON lines.

    Parameters
    ----------
    accept : str | None
        The header.

    Returns
    -------
    bool
        True when they are named, and JSON is not named before.
    """
    for part in (accept or "").split(","):
        if is_ndjson(part):
            return True
        if part.partition(";")[0].strip().lower() == "application/json":
            return False
    return False
