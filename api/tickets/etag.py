"""The version of a ticket as ETag, and what a request says about it (RFC 9110, RFC 6585)."""

from typing import Annotated

from fastapi import Header

from api.tickets.errors import MissingVersionError, TicketChangedError

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='ETag of the ticket that you saw, e.g. `"3"` / 取得時の ETag'),
]


def check(if_match: str | None, version: int, *, required: bool = False) -> None:
    """Let a change through only when its sender saw the current ticket.

    Parameters
    ----------
    if_match : str | None
        The header.
    version : int
        The current version.
    required : bool
        Whether a change without the header is refused.

    Raises
    ------
    MissingVersionError
        If the header is required and not there.
    TicketChangedError
        If it names other versions; weak tags never match.
    """
    if if_match is None or not if_match.strip():
        if required:
            raise MissingVersionError()
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and write(version) not in tags:
        raise TicketChangedError(version)


def write(version: int) -> str:
    """Write an ETag.

    Parameters
    ----------
    version : int
        Version of the ticket.

    Returns
    -------
    str
        For instance ``"3"``.
    """
    return f'"{version}"'
