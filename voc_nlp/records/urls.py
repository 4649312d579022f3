"""What a name says of a place: path or URL, its ending, what lies in a folder; nothing is opened."""

import re
from pathlib import Path

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""A scheme of two letters or more (one is a Windows drive), chained ones before it."""

_USER = re.compile(r"://[^\s/?#]*@")
_QUERY = re.compile(r"(://[^\s?]*)\?[^\s'\")]*")

WEB = frozenset({"http", "https"})
"""Schemes that are only read, and whose folders cannot be told from files without fetching them."""


def is_url(name: str) -> bool:
    """Say whether a name is a URL.

    Parameters
    ----------
    name : str
        As it was given.

    Returns
    -------
    bool
        True with a scheme, such as ``s3://``; a Windows drive letter is none.
    """
    return _URL.match(name) is not None


def shown(name: str) -> str:
    """Take what opens doors out of a URL, or out of a message that holds one.

    Parameters
    ----------
    name : str
        A path, a URL or a message.

    Returns
    -------
    str
        With ``***`` in place of user and password, and of a query.
    """
    return _QUERY.sub(r"\1?***", _USER.sub("://***@", name))


def file_name(name: str) -> str:
    """Cut off what follows a URL's path, so that its ending can be told.

    Parameters
    ----------
    name : str
        A path or a URL.

    Returns
    -------
    str
        The same without query and fragment; a path as it is.
    """
    if not is_url(name):
        return name
    segments, at = links_of(name)
    web = segments[at].partition("://")[0].lower() in WEB
    return re.split(r"[?#]" if web else r"\?(?=\w+=)", segments[at], maxsplit=1)[0]


def within(folder: str, name: str) -> str:
    """Name a file by its place in a folder.

    Parameters
    ----------
    folder : str
        As it was handed to `files_in`.
    name : str
        As `files_in` returned it.

    Returns
    -------
    str
        Such as ``lang=ja/part-0.parquet``.
    """
    if not is_url(folder):
        return Path(name).relative_to(folder).as_posix()
    return file_name(name)[len(file_name(folder).rstrip("/")) + 1 :]


def beneath(folder: str, kept: str) -> str:
    """Return the path or URL of a file in a folder.

    Parameters
    ----------
    folder : str
        A path or a URL.
    kept : str
        The file's place in it, with slashes.

    Returns
    -------
    str
        Of a chained URL, the whole chain.
    """
    if not is_url(folder):
        return str(Path(folder) / kept)
    segments, at = links_of(folder)
    plain = file_name(folder)
    segments[at] = f"{plain.rstrip('/')}/{kept}{segments[at][len(plain) :]}"
    return "::".join(segments)


def unreadable(name: str, error: Exception, done: str = "read") -> str:
    """Say what is wrong with a file that the system, a server or the unpacking refuses.

    Parameters
    ----------
    name : str
        A path or a URL.
    error : Exception
        What was raised.
    done : str
        What was to be done with it: read or written.

    Returns
    -------
    str
        A message without credentials.
    """
    if isinstance(error, FileNotFoundError) and done == "read":
        return f"{shown(name)} is not there; check the name."
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if not isinstance(error, OSError | EOFError) and type(error).__name__ not in why:
        why = f"{type(error).__name__}: {why}"
    check = "that it is whole" if done == "read" else "the space there"
    return f"{shown(name)} cannot be {done}: {shown(why)}. Check the path, its rights and {check}."


def links_of(url: str) -> tuple[list[str], int]:
    """Cut a URL at its chain's links.

    Parameters
    ----------
    url : str
        A URL, chained or not.

    Returns
    -------
    tuple[list[str], int]
        The links, and which of them holds the path.
    """
    segments = url.split("::")
    return segments, next(at for at, segment in enumerate(segments) if "://" in segment)
