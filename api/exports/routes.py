"""The calls under /v1/exports."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from api.deps import MayRead, Now, ReadSession, get_database
from api.errors import Bilingual, Fault, InvalidRequestError
from api.exports import examples
from api.exports.columns import COMMENT_COLUMNS, TICKET_COLUMNS, Kind
from api.exports.reading import Filter, comment_pages, ticket_pages
from api.exports.writing import MEDIA_TYPES, Format, Pages, as_csv, as_jsonl, as_parquet
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.themes import models
from api.themes.errors import check_known
from api.themes.schemas import ThemeId
from api.themes.shelf import ShelfDep
from api.themes.showing import shown_themes
from voc_nlp.schema import Language
from voc_nlp.topics.hierarchy import subtree_of

router = APIRouter(prefix="/v1/exports", tags=["exports"])
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
FormatQuery = Annotated[Format, Query(alias="format")]
BomQuery = Annotated[
    bool, Query(description="Begin CSV with a byte order mark, for Excel / Excel 用に BOM を付ける")
]
FromQuery = Annotated[date | None, Query(alias="from", ge=_FIRST_DAY, le=_LAST_DAY)]
ToQuery = Annotated[date | None, Query(alias="to", ge=_FIRST_DAY, le=_LAST_DAY)]
DepartmentQuery = Annotated[str | None, Query(min_length=1, max_length=64)]
ThemeQuery = Annotated[ThemeId | None, Query(description="A theme or group / テーマまたはグループ")]


def read_filter(
    caller: MayRead,
    session: ReadSession,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    start: FromQuery = None,
    end: ToQuery = None,
    department: DepartmentQuery = None,
    theme: ThemeQuery = None,
    language: Language | None = None,
) -> Filter:
    """Read the filters of an export.

    Parameters
    ----------
    caller : MayRead
        Who asks.
    session : ReadSession
        A reading session.
    shelf : ShelfDep
        Keeps the tenant's themes.
    rulebook : RulebookDep
        Has the calendar's zone.
    start : FromQuery
        First day.
    end : ToQuery
        Last day.
    department : DepartmentQuery
        Owner.
    theme : ThemeQuery
        A theme; a group stands for all below it.
    language : Language | None
        Language of the comments.

    Returns
    -------
    Filter
        What is exported.

    Raises
    ------
    InvalidRequestError
        If the end is before the start.
    """
    if start is not None and end is not None and end < start:
        detail = Bilingual("the last day is before the first; exchange them", "終了日が開始日より前です")
        raise InvalidRequestError([Fault("/query/to", detail)])
    themes = None
    if theme is not None:
        model = models.current(session, caller.tenant_id, shelf)
        check_known(model, theme)
        themes = frozenset(subtree_of(model.themes, theme))
    return Filter(
        tenant_id=caller.tenant_id,
        zone=rulebook.policy.calendar.zone,
        start=start,
        end=end,
        department=department,
        themes=themes,
        language=None if language is None else language.value,
    )


FilterDep = Annotated[Filter, Depends(read_filter)]


@router.get(
    "/comments",
    summary="Export comments / コメントを出力する",
    response_class=StreamingResponse,
    responses={
        200: {"description": "A row a comment / 1 行 1 コメント", "content": examples.COMMENTS},
        **documented(404),
    },
)
def export_comments(
    request: Request,
    wanted: FilterDep,
    shelf: ShelfDep,
    now: Now,
    written_as: FormatQuery = Format.CSV,
    bom: BomQuery = False,
) -> StreamingResponse:
    """Export comments, masked, with their analysis, their themes as they are now, and their ticket's outcome.

    Days are those on which a comment was written, else received. In CSV lists are joined by semicolons, and
    a text that begins like a formula has an apostrophe before it; the other formats have it as it is stored.
    """

    def show(session: Session, languages: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        return shown_themes(session, wanted.tenant_id, shelf, languages)

    pages = comment_pages(get_database(request), wanted, show)
    return _answer("comments", pages, COMMENT_COLUMNS, written_as, bom, now)


@router.get(
    "/tickets",
    summary="Export tickets / チケットを出力する",
    response_class=StreamingResponse,
    responses={
        200: {"description": "A row a ticket / 1 行 1 チケット", "content": examples.TICKETS},
        **documented(404),
    },
)
def export_tickets(
    request: Request,
    wanted: FilterDep,
    now: Now,
    written_as: FormatQuery = Format.CSV,
    bom: BomQuery = False,
) -> StreamingResponse:
    """Export tickets with the ids of their comments; days are those on which they were opened.

    `theme` and `language` leave the tickets of which a comment has them.
    """
    pages = ticket_pages(get_database(request), wanted)
    return _answer("tickets", pages, TICKET_COLUMNS, written_as, bom, now)


def _answer(
    name: str,
    pages: Iterator[list[dict[str, Any]]],
    columns: Mapping[str, Kind],
    written_as: Format,
    bom: bool,
    now: datetime,
) -> StreamingResponse:
    """Stream an export; its first page is read here, where an error can still be told."""
    first = next(pages, [])
    rows: Pages = chain([first], pages)
    pieces: Iterator[bytes]
    if written_as is Format.CSV:
        pieces = as_csv(rows, columns, bom=bom)
    elif written_as is Format.JSONL:
        pieces = as_jsonl(rows, columns)
    else:
        pieces = as_parquet(rows, columns)
    file_name = f"{name}-{now:%Y%m%d}.{written_as.value}"
    return StreamingResponse(
        pieces,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        media_type=MEDIA_TYPES[written_as],
    )
