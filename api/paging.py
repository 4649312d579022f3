"""Pages of a list: newest first, by id, so that they stay the same while rows are added."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Query
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

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


def newest_first(
    session: Session, query: Select[Row], row_id: InstrumentedAttribute[str], page: Page
) -> tuple[Sequence[Row], str | None]:
    """Select a page of a list, and make the cursor of the next one.

    One row more than asked for is selected, to know whether another page follows.

    Parameters
    ----------
    session : Session
        Any session.
    query : Select[Row]
        Selects the whole list, in no order.
    row_id : InstrumentedAttribute[str]
        The column of the ids of the listed rows.
    page : Page
        Which part.

    Returns
    -------
    tuple[Sequence[Row], str | None]
        The rows of this page, newest first, and `next_cursor` or None when it is the last.
    """
    if page.before is not None:
        query = query.where(row_id < page.before)
    rows = session.scalars(query.order_by(row_id.desc()).limit(page.limit + 1)).all()
    if len(rows) <= page.limit:
        return rows, None
    shown = rows[: page.limit]
    last: str = getattr(shown[-1], row_id.key)
    return shown, base64.urlsafe_b64encode(last.encode("ascii")).decode("ascii")
