"""The calls under /v1/tickets that move a ticket, and the root causes that resolving one needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api import etags
from api.db.tables import TicketRow
from api.deps import MayRead, MayTicketOwn, Now, WriteSession
from api.etags import IfMatch
from api.idempotency.route import KeyedRoute
from api.keys.service import Caller
from api.policy.root_causes import path_of
from api.policy.rulebook import Rulebook, RulebookDep
from api.policy.versions import rulebook_in_force
from api.problems import documented
from api.tickets import ending, move_examples, moves
from api.tickets.ending import Solution
from api.tickets.move_schemas import (
    EscalateIn,
    FollowUpIn,
    FollowUpOut,
    NoteIn,
    NoteToWrite,
    ReopenIn,
    ResolveIn,
    TicketChange,
)
from api.tickets.schemas import NameOut, TicketOut, ticket_out
from api.tickets.states import Status
from api.tickets.taking import Deed

router = APIRouter(tags=["tickets"], route_class=KeyedRoute)
_PROBLEMS = documented(400, 404, 409, 412, 413, 415)


class RootCauseOut(BaseModel):
    """One cause; `path` begins with itself and ends at the top."""

    id: str
    parent: str | None
    name: NameOut
    path: list[str]


class RootCauseList(BaseModel):
    """The tree of root causes, in the taxonomy's order."""

    items: list[RootCauseOut]


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves a ticket, and when; the transaction begins with `begin`, and not before."""

    caller: Caller
    rulebook: Rulebook
    now: datetime

    def begin(self, session: Session) -> Deed:
        """Begin to move, by the rules that hold for the tenant.

        Parameters
        ----------
        session : Session
            The request's transaction.

        Returns
        -------
        Deed
            What the moves take.
        """
        caller = self.caller
        rulebook = rulebook_in_force(session, caller.tenant_id, self.rulebook, self.now)
        actor = f"key:{caller.key_id}"
        return Deed(session, rulebook, caller.tenant_id, actor, self.now, caller.departments)


async def mover_of(caller: MayTicketOwn, rulebook: RulebookDep, now: Now) -> Mover:
    """Say who moves a ticket.

    Parameters
    ----------
    caller : MayTicketOwn
        Who.
    rulebook : RulebookDep
        The operator's rules; the tenant's stand in their place.
    now : Now
        When.

    Returns
    -------
    Mover
        For the route.
    """
    return Mover(caller, rulebook, now)


MoverDep = Annotated[Mover, Depends(mover_of)]


@router.get(
    "/v1/root-causes",
    summary="List the root causes / 原因の一覧",
    responses={
        200: {
            "description": "The tree / 原因の木",
            "content": move_examples.answers(move_examples.ROOT_CAUSES),
        },
        **documented(),
    },
)
def list_root_causes(caller: MayRead, rulebook: RulebookDep) -> RootCauseList:
    """List the causes that resolving a ticket may name; figures of one count what stands below it."""
    causes = rulebook.taxonomy.root_causes
    return RootCauseList(
        items=[
            RootCauseOut(
                id=cause.id,
                parent=cause.parent,
                name=NameOut(ja=cause.name.ja, en=cause.name.en),
                path=path_of(cause.id, causes),
            )
            for cause in causes.values()
        ]
    )


@router.patch(
    "/v1/tickets/{ticket_id}",
    summary="Change state, department or urgency / 状態・部署・緊急度を変更する",
    responses={200: move_examples.ticket_answer(), **_PROBLEMS, **documented(428)},
)
def change_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    change: Annotated[TicketChange, Body(openapi_examples=move_examples.CHANGE)],
    if_match: IfMatch = None,
) -> TicketOut:
    """Change a ticket; `If-Match` is required. Another department gets full hours, from now."""
    deed = mover.begin(session)
    status = None if change.status is None else Status(change.status.value)
    wish = moves.Wish(status, change.department, change.urgency)
    return _shown(moves.change(deed, ticket_id, wish, if_match), deed, response)


@router.post(
    "/v1/tickets/{ticket_id}/comment",
    summary="Write a note, or what the customer was answered / メモ・回答を記録する",
    responses={200: move_examples.ticket_answer(), **_PROBLEMS},
)
def comment_on_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    note: Annotated[NoteIn, Body(openapi_examples=move_examples.NOTE)],
    if_match: IfMatch = None,
) -> TicketOut:
    """Write a note for colleagues (`internal`), or down what the customer was answered (`answer`)."""
    deed = mover.begin(session)
    is_answer = note.kind is NoteToWrite.ANSWER
    row = moves.comment(deed, ticket_id, note.text, is_answer=is_answer, if_match=if_match)
    return _shown(row, deed, response)


@router.post(
    "/v1/tickets/{ticket_id}/escalate",
    summary="Raise a ticket / チケットを上位に引き上げる",
    responses={200: move_examples.ticket_answer(), **_PROBLEMS},
)
def escalate_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    sent: Annotated[EscalateIn, Body(openapi_examples=move_examples.ESCALATE)],
    if_match: IfMatch = None,
) -> TicketOut:
    """Raise a ticket by one level, or to `level`; no deadline that can still be kept becomes later."""
    deed = mover.begin(session)
    row = moves.escalate(deed, ticket_id, sent.level, sent.reason, if_match)
    return _shown(row, deed, response)


@router.post(
    "/v1/tickets/{ticket_id}/resolve",
    summary="Resolve a ticket / チケットを解決済みにする",
    responses={200: move_examples.ticket_answer(), **_PROBLEMS},
)
def resolve_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    sent: Annotated[ResolveIn, Body(openapi_examples=move_examples.RESOLVE)],
    if_match: IfMatch = None,
) -> TicketOut:
    """Resolve a ticket: why it happened, what was done, what became of it."""
    deed = mover.begin(session)
    solution = Solution(sent.root_cause, sent.disposition, sent.action, sent.told)
    return _shown(ending.resolve(deed, ticket_id, solution, if_match), deed, response)


@router.post(
    "/v1/tickets/{ticket_id}/reopen",
    summary="Reopen a ticket / チケットを再開する",
    responses={200: move_examples.ticket_answer(), **_PROBLEMS},
)
def reopen_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    sent: Annotated[ReopenIn, Body(openapi_examples=move_examples.REOPEN)],
    if_match: IfMatch = None,
) -> TicketOut:
    """Reopen a resolved or closed ticket, with full hours."""
    deed = mover.begin(session)
    return _shown(ending.reopen(deed, ticket_id, sent.reason, if_match), deed, response)


@router.post(
    "/v1/tickets/{ticket_id}/follow-up",
    summary="Follow a resolution up / 解決後のフォローを記録する",
    responses={
        200: {
            "description": "The ticket, and what the follow-up did / チケットとフォローの結果",
            "content": move_examples.answers(move_examples.FOLLOWED_UP),
            "headers": move_examples.ETAG,
        },
        **_PROBLEMS,
    },
)
def follow_up_ticket(
    ticket_id: str,
    response: Response,
    mover: MoverDep,
    session: WriteSession,
    sent: Annotated[FollowUpIn, Body(openapi_examples=move_examples.FOLLOW_UP)],
    if_match: IfMatch = None,
) -> FollowUpOut:
    """Say what the customer was told, or answered: from 4 on it closes, up to 2 it is reopened, raised."""
    deed = mover.begin(session)
    done = ending.follow_up(deed, ticket_id, sent.told, sent.satisfaction, if_match)
    shown = _shown(done.row, deed, response)
    return FollowUpOut(**shown.model_dump(), outcome=done.outcome, other_ticket_id=done.other_id)


def _shown(row: TicketRow, deed: Deed, response: Response) -> TicketOut:
    """Put a moved ticket on the wire, its version in the ETag."""
    deed.session.flush()
    response.headers["ETag"] = etags.write(row.version)
    return ticket_out(row, deed.rulebook.taxonomy)
