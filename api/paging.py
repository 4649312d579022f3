"""Pages of a list: newest first, by id, so that they stay the same while rows are added."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Query

from api.db.ids import is_id
from api.errors import InvalidCursorError

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
Row = TypeVar("Row")

LimitQuery = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items of a page / 1 ページの件数")]
CursorQuery = Annotated[
    str | None,
    Query(max_length=200, description="`next_cursor` of the page before / 前のページの `next_cursor`"),
]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: at most `limit` rows whose id comes after `before` (older)."""

    limit: int
    before: str | None


def read_page(limit: int, cursor: str | None, prefix: str) -> Page:
    """Read the paging parameters.

    Parameters
    ----------
    limit : int
        Rows of a page.
    cursor : str | None
        A `next_cursor`, or None for the first page.
    prefix : str
        Kind of the listed ids.

    Returns
    -------
    Page
        What to select.

    Raises
    ------
    InvalidCursorError
        If the cursor is not one of this list.
    """
    if cursor is None:
        return Page(limit, None)
    try:
        before = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        raise InvalidCursorError() from None
    if not is_id(prefix, before):
        raise InvalidCursorError()
    return Page(limit, before)


def cut(rows: Sequence[Row], page: Page, ids: Sequence[str]) -> tuple[Sequence[Row], str | None]:
    """Cut the one row too many that was selected, and make the cursor of the next page.

    Parameters
    ----------
    rows : Sequence[Row]
        Up to ``page.limit + 1`` rows, newest first.
    page : Page
        What was asked for.
    ids : Sequence[str]
        Ids of the rows.

    Returns
    -------
    tuple[Sequence[Row], str | None]
        The rows of this page, and `next_cursor` or None when it is the last.
    """
    if len(rows) <= page.limit:
        return rows, None
    last = ids[page.limit - 1]
    return rows[: page.limit], base64.urlsafe_b64encode(last.encode("ascii")).decode("ascii")
