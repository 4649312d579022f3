"""The calls under /v1/tickets."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api import etags, examples
from api.deps import MayReadOwn, MayTicketOwn, Now, ReadSession, WriteSession
from api.etags import IfMatch
from api.idempotency.route import KeyedRoute
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.policy.levels import Level
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.tickets import assigning, service
from api.tickets.assigning import Target
from api.tickets.schemas import (
    AssignIn,
    HistoryOut,
    TicketDetailOut,
    TicketOut,
    TicketPage,
    detail_out,
    history_out,
    ticket_out,
)
from api.tickets.states import Status
from api.tickets.taking import Deed

router = APIRouter(prefix="/v1/tickets", tags=["tickets"], route_class=KeyedRoute)


@router.get(
    "",
    summary="List tickets, newest first / チケットの一覧(新しい順)",
    responses={
        200: {
            "description": "A page / 1 ページ",
            "content": examples.response_examples(examples.TICKETS_PAGE_JA, examples.TICKETS_PAGE_EN),
        },
        **documented(400),
    },
)
def list_tickets(
    caller: MayReadOwn,
    session: ReadSession,
    rulebook: RulebookDep,
    now: Now,
    department: Annotated[str | None, Query(pattern=r"^[a-z0-9_-]{1,64}$")] = None,
    status: Annotated[
        list[Status] | None, Query(max_length=5, description="Repeat it for several / 複数指定可")
    ] = None,
    level: Level | None = None,
    customer_id: Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = None,
    overdue: Annotated[bool | None, Query(description="Unresolved and past due / 期限超過")] = None,
    first_answer_overdue: Annotated[
        bool | None,
        Query(description="Not answered, and past the first answer's due time / 初回回答の期限超過"),
    ] = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> TicketPage:
    """List tickets; pass `next_cursor` to go on, with the same filters."""
    shown, next_cursor = service.list_page(
        session,
        caller.tenant_id,
        read_page(limit, cursor, "tkt"),
        service.Filters(
            department,
            tuple(status or ()),
            level,
            customer_id,
            overdue,
            first_answer_overdue,
            caller.departments,
        ),
        now,
    )
    return TicketPage(items=[ticket_out(row, rulebook.taxonomy) for row in shown], next_cursor=next_cursor)


@router.get(
    "/{ticket_id}",
    summary="Read one ticket / チケットを 1 件取得する",
    responses={
        200: {
            "description": "The ticket; the ETag is its version / チケット。ETag は版",
            "content": examples.response_examples(examples.TICKET_DETAIL_JA, examples.TICKET_DETAIL_EN),
            "headers": {"ETag": {"schema": {"type": "string"}, "description": 'Version, e.g. `"3"`'}},
        },
        **documented(404),
    },
)
def read_ticket(
    ticket_id: str, response: Response, caller: MayReadOwn, session: ReadSession, rulebook: RulebookDep
) -> TicketDetailOut:
    """Read a ticket, the ids of its comments, its notes and its resolutions."""
    file = service.get(session, caller.tenant_id, ticket_id, caller.departments)
    response.headers["ETag"] = etags.write(file.row.version)
    return detail_out(file, rulebook.taxonomy)


@router.get(
    "/{ticket_id}/history",
    summary="Read what happened to a ticket / チケットの履歴を取得する",
    responses={
        200: {
            "description": "All changes, oldest first / すべての変更(古い順)",
            "content": examples.response_examples(examples.HISTORY_JA, examples.HISTORY_EN),
        },
        **documented(404),
    },
)
def read_history(ticket_id: str, caller: MayReadOwn, session: ReadSession) -> HistoryOut:
    """Read every change of a ticket: who, when, from what, to what, and why."""
    return history_out(service.history(session, caller.tenant_id, ticket_id, caller.departments))


@router.post(
    "/{ticket_id}/assign",
    summary="Assign a ticket / チケットを割り当てる",
    responses={
        200: {
            "description": "The ticket as it is now / 現在のチケット",
            "content": examples.response_examples(examples.ASSIGNED_JA, examples.ASSIGNED_EN),
            "headers": {"ETag": {"schema": {"type": "string"}, "description": 'Version, e.g. `"3"`'}},
        },
        **documented(400, 404, 409, 412, 413, 415),
    },
)
def assign_ticket(
    ticket_id: str,
    body: Annotated[
        AssignIn,
        Body(openapi_examples=examples.request_examples(examples.ASSIGN_JA, examples.ASSIGN_EN)),
    ],
    response: Response,
    caller: MayTicketOwn,
    session: WriteSession,
    rulebook: RulebookDep,
    now: Now,
    if_match: IfMatch = None,
) -> TicketOut:
    """Assign a ticket to a member, within a team, by the strategy of its department, or to nobody.

    Send `{"member_id": "..."}`, `{"team_id": "..."}`, `{}` or `{"member_id": null}`. A member who is
    named gets it whatever the hour, skills and capacity; otherwise it waits in the team's queue when
    nobody is fit (`queue_reason`). What is null stays in the queue until a person assigns it.
    """
    to_queue = "member_id" in body.model_fields_set and body.member_id is None
    deed = Deed(session, rulebook, caller.tenant_id, f"key:{caller.key_id}", now, caller.departments)
    row = assigning.assign(deed, ticket_id, Target(body.member_id, body.team_id, to_queue), if_match)
    response.headers["ETag"] = etags.write(row.version)
    return ticket_out(row, rulebook.taxonomy)
