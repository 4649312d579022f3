"""The calls under /v1/teams and /v1/members."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from api import etags
from api.deps import MayAdminister, MayRead, Now, ReadSession, WriteSession
from api.etags import IfMatch
from api.examples import request_examples, response_examples
from api.idempotency.route import KeyedRoute
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.staff import absences, examples, repository, service
from api.staff.changes import Change
from api.staff.importing import CSV, read_members
from api.staff.schemas import (
    AbsenceChange,
    AbsenceIn,
    AbsenceOut,
    AbsencePage,
    ImportOut,
    MemberChange,
    MemberIn,
    MemberOut,
    MemberPage,
    TeamChange,
    TeamIn,
    TeamOut,
    TeamPage,
    absence_out,
    member_out,
    team_out,
)

router = APIRouter(prefix="/v1", tags=["staff"], route_class=KeyedRoute)
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": 'Version, e.g. `"3"`'}}
_CHANGE_PROBLEMS = documented(400, 404, 409, 412, 413, 415, 428)


def staff_change(caller: MayAdminister, now: Now, if_match: IfMatch = None) -> Change:
    """Gather who changes the staff, and what they saw.

    Parameters
    ----------
    caller : MayAdminister
        The caller.
    now : Now
        The present.
    if_match : IfMatch
        The ETag that they saw.

    Returns
    -------
    Change
        For the service.
    """
    return Change(caller.tenant_id, f"key:{caller.key_id}", now, if_match)


ChangeDep = Annotated[Change, Depends(staff_change)]


def _shown(model: Any, description: str, ja: Any, en: Any, status: int = 200) -> dict[int | str, Any]:
    """Describe the answer of a call that shows one thing."""
    content = response_examples(ja, en)
    return {status: {"model": model, "description": description, "content": content, "headers": _ETAG}}


def _listed(model: Any, ja: Any, en: Any) -> dict[int | str, Any]:
    """Describe the answer of a call that lists."""
    content = response_examples(examples.page(ja), examples.page(en))
    return {200: {"model": model, "description": "A page / 1 ページ", "content": content}}


def _answer(body: dict[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(body, status, headers={"ETag": etags.write(body["version"])})


@router.get(
    "/teams",
    summary="List teams / チームの一覧",
    response_model=None,
    responses={**_listed(TeamPage, examples.TEAM_JA, examples.TEAM_EN), **documented(400)},
)
def list_teams(
    caller: MayRead,
    session: ReadSession,
    department: Annotated[str | None, Query(pattern=r"^[a-z0-9_-]{1,64}$")] = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> Response:
    """List the teams of all departments, or of one."""
    rows, next_cursor = repository.page_of_teams(
        session, caller.tenant_id, read_page(limit, cursor, "tea"), department
    )
    return JSONResponse({"items": [team_out(row) for row in rows], "next_cursor": next_cursor})


@router.post(
    "/teams",
    status_code=201,
    summary="Add a team / チームを追加する",
    response_model=None,
    responses={
        **_shown(TeamOut, "The team / チーム", examples.TEAM_JA, examples.TEAM_EN, 201),
        **documented(400, 413, 415),
    },
)
def add_team(
    body: Annotated[
        TeamIn, Body(openapi_examples=request_examples(examples.TEAM_IN_JA, examples.TEAM_IN_EN))
    ],
    change: ChangeDep,
    session: WriteSession,
    rulebook: RulebookDep,
) -> Response:
    """Add a team to a department; its new tickets go to the team's members from now on."""
    row = service.add_team(session, change, body, rulebook.taxonomy.departments.keys())
    return _answer(team_out(row), 201)


@router.get(
    "/teams/{team_id}",
    summary="Read a team / チームを取得する",
    response_model=None,
    responses={
        **_shown(TeamOut, "The team / チーム", examples.TEAM_JA, examples.TEAM_EN),
        **documented(404),
    },
)
def read_team(team_id: str, caller: MayRead, session: ReadSession) -> Response:
    """Read a team."""
    return _answer(team_out(service.get_team(session, caller.tenant_id, team_id)))


@router.patch(
    "/teams/{team_id}",
    summary="Change a team / チームを変更する",
    response_model=None,
    responses={
        **_shown(TeamOut, "The team / チーム", examples.TEAM_JA, examples.TEAM_EN),
        **_CHANGE_PROBLEMS,
    },
)
def change_team(
    team_id: str,
    body: Annotated[
        TeamChange,
        Body(openapi_examples=request_examples(examples.TEAM_CHANGE_JA, examples.TEAM_CHANGE_EN)),
    ],
    change: ChangeDep,
    session: WriteSession,
) -> Response:
    """Change a team's name or strategy; needs If-Match."""
    return _answer(team_out(service.change_team(session, change, team_id, body)))


@router.delete(
    "/teams/{team_id}",
    status_code=204,
    summary="Remove a team / チームを削除する",
    response_model=None,
    responses={204: {"description": "Removed / 削除済み"}, **_CHANGE_PROBLEMS},
)
def remove_team(team_id: str, change: ChangeDep, session: WriteSession) -> Response:
    """Remove a team that has neither members nor open tickets; needs If-Match."""
    service.remove_team(session, change, team_id)
    return Response(status_code=204)


@router.get(
    "/members",
    summary="List members / 担当者の一覧",
    response_model=None,
    responses={**_listed(MemberPage, examples.MEMBER_JA, examples.MEMBER_EN), **documented(400)},
)
def list_members(
    caller: MayRead,
    session: ReadSession,
    team_id: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,40}$")] = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> Response:
    """List the members of all teams, or of one."""
    rows, next_cursor = repository.page_of_members(
        session, caller.tenant_id, read_page(limit, cursor, "mem"), team_id
    )
    return JSONResponse({"items": [member_out(row) for row in rows], "next_cursor": next_cursor})


@router.post(
    "/members",
    status_code=201,
    summary="Add a member / 担当者を追加する",
    response_model=None,
    responses={
        **_shown(MemberOut, "The member / 担当者", examples.MEMBER_JA, examples.MEMBER_EN, 201),
        **documented(400, 413, 415),
    },
)
def add_member(
    body: Annotated[
        MemberIn, Body(openapi_examples=request_examples(examples.MEMBER_IN_JA, examples.MEMBER_IN_EN))
    ],
    change: ChangeDep,
    session: WriteSession,
) -> Response:
    """Add a member to a team."""
    return _answer(member_out(service.add_member(session, change, body)), 201)


async def raw_body(request: Request) -> bytes:
    """Read the body as it was sent.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    bytes
        The body.
    """
    return await request.body()


@router.post(
    "/members/import",
    status_code=201,
    summary="Add members from a list / 担当者を一括で追加する",
    response_model=None,
    responses={
        201: {
            "model": ImportOut,
            "description": "The members / 担当者",
            "content": response_examples(examples.IMPORTED_JA, examples.IMPORTED_EN),
        },
        **documented(400, 413, 415),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["members"],
                        "properties": {"members": {"type": "array", "items": {"type": "object"}}},
                    },
                    "examples": request_examples(examples.MEMBERS_IN_JA, examples.MEMBERS_IN_EN),
                },
                CSV: {"schema": {"type": "string"}, "example": examples.MEMBERS_CSV},
            },
        }
    },
)
def import_members(
    content: Annotated[bytes, Depends(raw_body)],
    change: ChangeDep,
    session: WriteSession,
    content_type: Annotated[str, Header()] = "application/json",
) -> Response:
    """Add up to 1,000 members, as JSON or CSV (`;` between several skills or languages); all or none."""
    rows = service.add_members(session, change, read_members(content, content_type))
    return JSONResponse({"items": [member_out(row) for row in rows]}, 201)


@router.get(
    "/members/{member_id}",
    summary="Read a member / 担当者を取得する",
    response_model=None,
    responses={
        **_shown(MemberOut, "The member / 担当者", examples.MEMBER_JA, examples.MEMBER_EN),
        **documented(404),
    },
)
def read_member(member_id: str, caller: MayRead, session: ReadSession) -> Response:
    """Read a member."""
    return _answer(member_out(service.get_member(session, caller.tenant_id, member_id)))


@router.patch(
    "/members/{member_id}",
    summary="Change a member / 担当者を変更する",
    response_model=None,
    responses={
        **_shown(MemberOut, "The member / 担当者", examples.MEMBER_JA, examples.MEMBER_EN),
        **_CHANGE_PROBLEMS,
    },
)
def change_member(
    member_id: str,
    body: Annotated[
        MemberChange,
        Body(openapi_examples=request_examples(examples.MEMBER_CHANGE_JA, examples.MEMBER_CHANGE_EN)),
    ],
    change: ChangeDep,
    session: WriteSession,
) -> Response:
    """Change a member; needs If-Match. The tickets of one who becomes inactive go to others."""
    return _answer(member_out(service.change_member(session, change, member_id, body)))


@router.delete(
    "/members/{member_id}",
    status_code=204,
    summary="Remove a member / 担当者を削除する",
    response_model=None,
    responses={204: {"description": "Removed / 削除済み"}, **_CHANGE_PROBLEMS},
)
def remove_member(member_id: str, change: ChangeDep, session: WriteSession) -> Response:
    """Remove a member without open tickets, with name, contact and absences; needs If-Match."""
    service.remove_member(session, change, member_id)
    return Response(status_code=204)


@router.get(
    "/members/{member_id}/absences",
    summary="List a member's absences / 不在の一覧",
    response_model=None,
    responses={**_listed(AbsencePage, examples.ABSENCE_JA, examples.ABSENCE_EN), **documented(400, 404)},
)
def list_absences(
    member_id: str,
    caller: MayRead,
    session: ReadSession,
    cursor: CursorQuery = None,
    limit: LimitQuery = DEFAULT_LIMIT,
) -> Response:
    """List when a member is away."""
    member = service.get_member(session, caller.tenant_id, member_id)
    rows, next_cursor = repository.page_of_absences(session, member.id, read_page(limit, cursor, "abs"))
    return JSONResponse({"items": [absence_out(row) for row in rows], "next_cursor": next_cursor})


@router.post(
    "/members/{member_id}/absences",
    status_code=201,
    summary="Note an absence / 不在を登録する",
    response_model=None,
    responses={
        **_shown(AbsenceOut, "The absence / 不在", examples.ABSENCE_JA, examples.ABSENCE_EN, 201),
        **documented(400, 404, 413, 415),
    },
)
def add_absence(
    member_id: str,
    body: Annotated[
        AbsenceIn, Body(openapi_examples=request_examples(examples.ABSENCE_IN_JA, examples.ABSENCE_IN_EN))
    ],
    change: ChangeDep,
    session: WriteSession,
    rulebook: RulebookDep,
) -> Response:
    """Note when a member is away: no ticket is given to them from `from` until before `to`."""
    row = absences.add_absence(session, change, member_id, body, rulebook.policy.calendar.zone)
    return _answer(absence_out(row), 201)


@router.patch(
    "/members/{member_id}/absences/{absence_id}",
    summary="Change an absence / 不在を変更する",
    response_model=None,
    responses={
        **_shown(AbsenceOut, "The absence / 不在", examples.ABSENCE_JA, examples.ABSENCE_EN),
        **_CHANGE_PROBLEMS,
    },
)
def change_absence(
    member_id: str,
    absence_id: str,
    body: Annotated[
        AbsenceChange,
        Body(openapi_examples=request_examples(examples.ABSENCE_CHANGE, examples.ABSENCE_CHANGE)),
    ],
    change: ChangeDep,
    session: WriteSession,
    rulebook: RulebookDep,
) -> Response:
    """Change when a member is away; needs If-Match."""
    zone = rulebook.policy.calendar.zone
    row = absences.change_absence(session, change, member_id, absence_id, body, zone)
    return _answer(absence_out(row))


@router.delete(
    "/members/{member_id}/absences/{absence_id}",
    status_code=204,
    summary="Remove an absence / 不在を取り消す",
    response_model=None,
    responses={204: {"description": "Removed / 削除済み"}, **_CHANGE_PROBLEMS},
)
def remove_absence(member_id: str, absence_id: str, change: ChangeDep, session: WriteSession) -> Response:
    """Remove an absence; needs If-Match."""
    absences.remove_absence(session, change, member_id, absence_id)
    return Response(status_code=204)
