"""The calls under /v1/incoming-sources."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from api.db.tables import IncomingSourceRow
from api.deps import MayAdminister, MayRead, Now, ReadSession, WriteSession
from api.examples import request_examples, response_examples
from api.idempotency.route import SecretRoute
from api.incoming import examples, sources
from api.incoming.schemas import SourceChange, SourceIn, SourceList, SourceOut, SourceWithSecretOut
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.problems import documented
from api.webhooks.examples import ROTATION
from api.webhooks.schemas import RotationIn
from api.webhooks.secrets import SecretBox

router = APIRouter(prefix="/v1/incoming-sources", tags=["incoming"], route_class=SecretRoute)


def get_box(request: Request) -> SecretBox:
    """Hand out what secrets are sealed with.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    SecretBox
        Of the application.
    """
    box: SecretBox = request.app.state.secret_box
    return box


BoxDep = Annotated[SecretBox, Depends(get_box)]


def _answers(ja: dict[str, Any], en: dict[str, Any], description: str) -> dict[str, Any]:
    """Describe a success."""
    return {"description": description, "content": response_examples(ja, en)}


@router.post(
    "",
    status_code=201,
    summary="Add a sender of comments / 受信元を登録する",
    responses={
        201: _answers(examples.NEW_JA, examples.NEW_EN, "With its secret, shown once / 署名鍵は一度だけ表示"),
        **documented(400, 413, 415),
    },
)
def add_source(
    body: Annotated[
        SourceIn, Body(openapi_examples=request_examples(examples.SOURCE_IN_JA, examples.SOURCE_IN_EN))
    ],
    response: Response,
    caller: MayAdminister,
    box: BoxDep,
    session: WriteSession,
    now: Now,
) -> SourceWithSecretOut:
    """Say how the payloads of a survey system become comments: a JSON pointer for each field."""
    row, secret = sources.add(session, box, caller, body, now)
    response.headers["Location"] = f"/v1/incoming-sources/{row.id}"
    return SourceWithSecretOut(**source_out(row).model_dump(), secret=secret)


@router.get(
    "",
    summary="List senders, newest first / 受信元の一覧",
    responses={200: _answers(examples.PAGE_JA, examples.PAGE_EN, "A page / 1 ページ"), **documented(400)},
)
def list_sources(
    caller: MayRead, session: ReadSession, cursor: CursorQuery = None, limit: LimitQuery = DEFAULT_LIMIT
) -> SourceList:
    """List the tenant's senders; secrets are never shown again."""
    rows, next_cursor = sources.list_page(session, caller.tenant_id, read_page(limit, cursor, "inc"))
    return SourceList(items=[source_out(row) for row in rows], next_cursor=next_cursor)


@router.get(
    "/{source_id}",
    summary="Read a sender / 受信元を取得する",
    responses={
        200: _answers(examples.SOURCE_JA, examples.SOURCE_EN, "The sender / 受信元"),
        **documented(404),
    },
)
def read_source(source_id: str, caller: MayRead, session: ReadSession) -> SourceOut:
    """Read one sender with its mapping."""
    return source_out(sources.find(session, caller.tenant_id, source_id))


@router.patch(
    "/{source_id}",
    summary="Change a sender / 受信元を変更する",
    responses={
        200: _answers(examples.CHANGED_JA, examples.CHANGED_EN, "As it is now / 変更後"),
        **documented(400, 404, 413, 415),
    },
)
def change_source(
    source_id: str,
    body: Annotated[SourceChange, Body(openapi_examples=request_examples(examples.CHANGE, examples.CHANGE))],
    caller: MayAdminister,
    session: WriteSession,
    now: Now,
) -> SourceOut:
    """Change the mapping or the conditions; stop or start it."""
    return source_out(sources.change(session, caller, source_id, body, now))


@router.delete(
    "/{source_id}",
    status_code=204,
    summary="Delete a sender / 受信元を削除する",
    responses={204: {"description": "Deleted / 削除済み"}, **documented(404)},
)
def delete_source(source_id: str, caller: MayAdminister, session: WriteSession, now: Now) -> None:
    """Delete a sender with its secrets; its comments stay."""
    sources.remove(session, caller, source_id, now)


@router.post(
    "/{source_id}/rotate-secret",
    summary="Change the secret of a sender / 受信元の署名鍵を更新する",
    responses={
        200: _answers(examples.NEW_JA, examples.NEW_EN, "With the new secret, shown once / 新しい署名鍵"),
        **documented(400, 404, 413, 415),
    },
)
def rotate_source_secret(
    source_id: str,
    caller: MayAdminister,
    box: BoxDep,
    session: WriteSession,
    now: Now,
    body: Annotated[RotationIn, Body(openapi_examples=request_examples(ROTATION, ROTATION))] = RotationIn(),  # noqa: B008
) -> SourceWithSecretOut:
    """Make a new secret; for `overlap_hours` both are believed."""
    overlap = timedelta(hours=body.overlap_hours)
    row, secret = sources.rotate(session, box, caller, source_id, overlap, now)
    return SourceWithSecretOut(**source_out(row).model_dump(), secret=secret)


def source_out(row: IncomingSourceRow) -> SourceOut:
    """Put a sender on the wire.

    Parameters
    ----------
    row : IncomingSourceRow
        The sender.

    Returns
    -------
    SourceOut
        What the caller sees.
    """
    return SourceOut.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "name": row.name,
            "path": f"/v1/incoming/{row.kind}?source={row.id}",
            "mapping": row.mapping,
            "only": row.only,
            "enabled": row.enabled,
            "previous_secret_until": row.previous_until,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
    )
