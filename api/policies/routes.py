"""The calls under /v1/policy."""

import base64
import binascii
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.deps import MayAdminister, MayRead, Now, ReadSession, WriteSession, get_database
from api.errors import Bilingual, Fault, InvalidCursorError, InvalidRequestError
from api.etags import IfMatch
from api.examples import request_examples, response_examples
from api.idempotency.route import KeyedRoute
from api.moments import aware
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery
from api.policies import examples, service
from api.policies.applying import apply_rules
from api.policies.backtest import Limits, back_test, read_mark
from api.policies.past import Period
from api.policies.schemas import (
    MOST_COMMENTS,
    ApplyIn,
    ApplyOut,
    BackTestIn,
    BackTestOut,
    PeriodIn,
    PolicyIn,
    PolicyOut,
    PolicyVersionPage,
    PutOut,
)
from api.policies.service import Draft
from api.policies.staffing import Given
from api.policy import versions
from api.policy.rulebook import Rulebook, RulebookDep
from api.problems import documented, preferred_language
from api.themes.shelf import ShelfDep

router = APIRouter(prefix="/v1/policy", tags=["policy"], route_class=KeyedRoute)
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": 'For If-Match, e.g. `"3.2"`'}}
_DRAFT = "draft"
_SECONDS = 20.0
"""One call reads or opens for so long at most; what is left is done by the next call with its cursor."""
_TRIED_DAYS = 30
_LONGEST = timedelta(days=400)
_ASSUMPTIONS = (
    Bilingual(
        "Hours, calendar and themes are those of today; analyses are the stored ones.",
        "SLA・営業カレンダー・テーマは現在のもの、分析結果は保存済みのものを使用します。",
    ),
    Bilingual(
        "Nothing is in the queues at the beginning, and nobody works on other tickets.",
        "開始時点の待ち行列は空で、対象外のチケットの作業は含みません。",
    ),
    Bilingual(
        "The ticket that is due first is taken first, and is worked on without interruption.",
        "期限の早いチケットから順に、中断なく処理するとみなします。",
    ),
    Bilingual(
        "Handling times are log-normal around the median; a measured one runs from the last assignment "
        "(opening, reopening) to the resolution without waits for the customer, and each person then has as "
        "many tickets at a time as capacity.",
        "処理時間は中央値を中心とする対数正規分布です。実測値は最後の割り当て(起票・再開)から解決までで"
        "顧客待ちを除き、1 人が担当上限まで並行して扱うとみなします。",
    ),
    Bilingual(
        "Breaches are of the resolution. Absences, holidays of single people, waits for customers, reopening "
        "and raising of overdue tickets are left out.",
        "期限超過は解決期限に対するものです。個人の不在、顧客待ち、再オープン、期限超過によるエスカレーションは"
        "考慮しません。",
    ),
    Bilingual(
        "A further comment of a customer (or thread) joins the ticket of the department while it is open; "
        "without known people a ticket is open until it is due.",
        "同じ顧客(またはスレッド)の後続コメントは、同じ部署の未解決チケットに合流します。"
        "人員が不明な部署では期限まで未解決とみなします。",
    ),
    Bilingual(
        "What continues by a cursor is simulated anew.",
        "カーソルで続きを取得した場合、シミュレーションは改めて開始します。",
    ),
)


@router.get(
    "",
    summary="Read the opening rules in force / 現在の起票ルールを取得する",
    response_model=None,
    responses={
        200: {
            "model": PolicyOut,
            "description": "The rules; the file's where none were stored / 起票ルール",
            "content": response_examples(examples.POLICY_JA, examples.POLICY_EN),
            "headers": _ETAG,
        },
        **documented(),
    },
)
def read_policy(caller: MayRead, session: ReadSession, rulebook: RulebookDep, now: Now) -> Response:
    """Read the rules that are in force now."""
    body, tag = service.shown(session, caller.tenant_id, rulebook, now)
    return JSONResponse(body, headers={"ETag": tag})


@router.get(
    "/versions",
    summary="List stored versions of the rules / 起票ルールの版の一覧",
    response_model=None,
    responses={
        200: {
            "model": PolicyVersionPage,
            "description": "A page, newest first / 1 ページ(新しい順)",
            "content": response_examples(examples.VERSIONS, examples.VERSIONS),
        },
        **documented(400),
    },
)
def list_versions(
    caller: MayRead, session: ReadSession, cursor: CursorQuery = None, limit: LimitQuery = DEFAULT_LIMIT
) -> Response:
    """List what was stored, by whom, and from when on it is in force."""
    items, before = service.list_page(session, caller.tenant_id, limit, _read_number(cursor))
    next_cursor = base64.urlsafe_b64encode(str(before).encode()).decode() if before is not None else None
    return JSONResponse({"items": items, "next_cursor": next_cursor})


@router.get(
    "/versions/{number}",
    summary="Read a stored version of the rules / 起票ルールの版を取得する",
    response_model=None,
    responses={
        200: {
            "model": PolicyOut,
            "description": "The rules / 起票ルール",
            "content": response_examples(examples.POLICY_JA, examples.POLICY_EN),
        },
        **documented(404),
    },
)
def read_version(
    number: Annotated[int, Path(ge=1, le=2**31 - 1)], caller: MayRead, session: ReadSession
) -> Response:
    """Read a version with its rules; send them to PUT to go back to it."""
    return JSONResponse(service.get(session, caller.tenant_id, number))


@router.put(
    "",
    summary="Store opening rules / 起票ルールを登録する",
    response_model=None,
    responses={
        200: {
            "model": PutOut,
            "description": "The new version, or what it would do / 新しい版、または試行結果",
            "content": response_examples(examples.PUT_JA, examples.PUT_EN),
            "headers": _ETAG,
        },
        **documented(400, 412, 413, 415, 428),
    },
)
def store_policy(
    body: Annotated[
        PolicyIn, Body(openapi_examples=request_examples(examples.POLICY_IN_JA, examples.POLICY_IN_EN))
    ],
    caller: MayAdminister,
    reader: ReadSession,
    session: WriteSession,
    rulebook: RulebookDep,
    shelf: ShelfDep,
    now: Now,
    dry_run: Annotated[bool, Query(description="Store nothing / 登録せず試す")] = False,
    if_match: IfMatch = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Store a further version of the rules; needs If-Match with the ETag of `GET /v1/policy`.

    Hours and calendar stay the operator's file. With `dry_run=true` nothing is stored: the rules are
    tried on the comments of the last 30 days, as by `POST /v1/policy/back-test`.
    """
    ruleset = service.read_draft({"match": body.match, "rules": body.rules}, rulebook)
    if dry_run:
        tried = rulebook.with_policy(rulebook.policy.with_rules(_DRAFT, ruleset))
        period = Period(now - timedelta(days=_TRIED_DAYS), now + timedelta(seconds=1))
        told = back_test(
            reader,
            caller.tenant_id,
            period,
            None,
            rulebook=tried,
            shelf=shelf,
            given={},
            limits=Limits(MOST_COMMENTS, _SECONDS),
        )
        told["assumptions"] = _assumptions(accept_language)
        return JSONResponse({"dry_run": True, "policy": None, "back_test": told})
    zone = rulebook.policy.calendar.zone
    effective_at = now if body.effective_at is None else aware(body.effective_at, zone, "/effective_at")
    draft = Draft(ruleset, effective_at, body.note)
    actor = f"key:{caller.key_id}"
    row = service.store(session, caller.tenant_id, draft, if_match=if_match, actor=actor, now=now)
    in_force = versions.number_in_force(session, caller.tenant_id, now) or 0
    return JSONResponse(
        {"dry_run": False, "policy": service.version_out(row, with_rules=True), "back_test": None},
        headers={"ETag": f'"{row.number}.{in_force}"'},
    )


@router.post(
    "/back-test",
    summary="Try rules on past comments / 過去のコメントで起票ルールを試す",
    response_model=None,
    responses={
        200: {
            "model": BackTestOut,
            "description": "What would open, load and breaches / 起票件数・負荷・期限超過の見込み",
            "content": response_examples(examples.BACK_TEST_JA, examples.BACK_TEST_EN),
        },
        **documented(400, 413, 415),
    },
)
def try_policy(
    body: Annotated[
        BackTestIn,
        Body(openapi_examples=request_examples(examples.BACK_TEST_IN_JA, examples.BACK_TEST_IN_EN)),
    ],
    caller: MayAdminister,
    session: ReadSession,
    rulebook: RulebookDep,
    shelf: ShelfDep,
    now: Now,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Try rules, or those in force, on the comments of a period; nothing is stored.

    One call reads 100,000 comments and takes 20 seconds at most; `next_cursor` goes on from there.
    """
    period = _period(body, rulebook)
    if body.policy is None:
        policy = versions.in_force(session, caller.tenant_id, rulebook.policy, now)
    else:
        sent = {"match": body.policy.match, "rules": body.policy.rules}
        policy = rulebook.policy.with_rules(_DRAFT, service.read_draft(sent, rulebook, ("policy",)))
    given = {
        department: Given(one.people, one.parallel, one.handling_hours)
        for department, one in body.staff.items()
    }
    told = back_test(
        session,
        caller.tenant_id,
        period,
        read_mark(body.cursor),
        rulebook=rulebook.with_policy(policy),
        shelf=shelf,
        given=given,
        limits=Limits(body.limit, _SECONDS),
        seed=body.seed,
    )
    told["assumptions"] = _assumptions(accept_language)
    return JSONResponse(told)


@router.post(
    "/apply",
    summary="Open tickets for past comments / 過去のコメントに遡って起票する",
    response_model=None,
    responses={
        200: {
            "model": ApplyOut,
            "description": "What was opened / 起票結果",
            "content": response_examples(examples.APPLIED, examples.APPLIED),
        },
        **documented(400, 413, 415),
    },
)
def apply_policy(
    body: Annotated[ApplyIn, Body(openapi_examples=request_examples(examples.APPLY_IN, examples.APPLY_IN))],
    caller: MayAdminister,
    reader: ReadSession,
    rulebook: RulebookDep,
    shelf: ShelfDep,
    request: Request,
    now: Now,
) -> Response:
    """Open tickets by the rules in force for comments of a period that have none; hours run from now.

    Send it again as often as you like: what has a ticket is left alone. One call reads 20,000 comments
    and takes about 20 seconds at most; `next_cursor` goes on from there.
    """
    period = _period(body, rulebook)
    rulebook = versions.rulebook_in_force(reader, caller.tenant_id, rulebook, now)
    reader.close()
    told = apply_rules(
        get_database(request),
        caller.tenant_id,
        period,
        read_mark(body.cursor),
        rulebook=rulebook,
        shelf=shelf,
        limits=Limits(body.limit, _SECONDS),
        actor=f"key:{caller.key_id}",
        now=now,
    )
    return JSONResponse(told)


def _period(body: PeriodIn, rulebook: Rulebook) -> Period:
    """Read a period, and refuse one that is empty or too long."""
    zone = rulebook.policy.calendar.zone
    start, end = aware(body.start, zone, "/from"), aware(body.end, zone, "/to")
    if not start < end <= start + _LONGEST:
        detail = Bilingual(
            f"must lie after 'from', at most {_LONGEST.days} days",
            f"from より後で、期間は最長 {_LONGEST.days} 日です",
        )
        raise InvalidRequestError([Fault("/to", detail)])
    return Period(start, end)


def _assumptions(accept_language: str | None) -> list[str]:
    language = preferred_language(accept_language)
    return [assumption.said_in(language) for assumption in _ASSUMPTIONS]


def _read_number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        number: Any = int(base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii"))
    except (ValueError, binascii.Error):
        raise InvalidCursorError() from None
    if not 0 < number < 2**31:
        raise InvalidCursorError()
    return int(number)
