"""The calls under /v1/keys: a platform manages the keys of its own tenant."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import JSONResponse

from api import examples
from api.access import schemas, service
from api.access.schemas import KeyIn, KeyList, KeyOut, NewKeyOut, RotationIn, key_out
from api.db.tables import ApiKeyRow
from api.deps import MayAdminister, Now, ReadSession, WriteSession
from api.idempotency.route import SecretRoute
from api.problems import documented

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=SecretRoute)
_NEW: dict[str, Any] = {
    "model": NewKeyOut,
    "description": "The key and its secret, shown once / キーと秘密値(この応答でのみ表示)",
    "content": examples.response_examples(schemas.NEW_JA, schemas.NEW_EN),
}


@router.get(
    "",
    summary="List the keys / API キーの一覧",
    responses={
        200: {
            "description": "All keys, oldest first / すべてのキー(古い順)",
            "content": examples.response_examples(schemas.LIST_JA, schemas.LIST_EN),
        },
        **documented(),
    },
)
def list_keys(caller: MayAdminister, session: ReadSession) -> KeyList:
    """List the tenant's keys with scopes, departments, end and last use; never a secret."""
    return KeyList(items=[key_out(row) for row in service.list_keys(session, caller)])


@router.post(
    "",
    status_code=201,
    summary="Make a key / API キーを作成する",
    response_model=None,
    responses={201: _NEW, **documented(400, 413, 415)},
)
def create_key(
    body: Annotated[
        KeyIn, Body(openapi_examples=examples.request_examples(schemas.KEY_IN_JA, schemas.KEY_IN_EN))
    ],
    caller: MayAdminister,
    session: WriteSession,
    now: Now,
) -> Response:
    """Make a key with at most the scopes, departments and life of the calling one."""
    return _shown_once(*service.create(session, caller, body, now))


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    summary="Rotate a key / API キーを更新する",
    response_model=None,
    responses={201: _NEW, **documented(400, 404, 409, 413, 415)},
)
def rotate_key(
    key_id: str,
    body: Annotated[
        RotationIn, Body(openapi_examples=examples.request_examples(schemas.ROTATION, schemas.ROTATION))
    ],
    caller: MayAdminister,
    session: WriteSession,
    now: Now,
) -> Response:
    """Make a key in the place of another one; that one ends after `overlap_hours`."""
    overlap = timedelta(hours=body.overlap_hours)
    return _shown_once(*service.rotate(session, caller, key_id, overlap, now))


@router.delete(
    "/{key_id}",
    summary="Revoke a key / API キーを失効させる",
    responses={
        200: {
            "description": "Useless from now on / 失効済み",
            "content": examples.response_examples(schemas.REVOKED_JA, schemas.REVOKED_EN),
        },
        **documented(404),
    },
)
def revoke_key(key_id: str, caller: MayAdminister, session: WriteSession, now: Now) -> KeyOut:
    """Make a key useless at once; the calling key may revoke itself."""
    return key_out(service.revoke(session, caller, key_id, now))


def _shown_once(row: ApiKeyRow, secret: str) -> Response:
    """Answer a new key; nobody on the way may keep it."""
    content = {"key": key_out(row).model_dump(mode="json"), "secret": secret}
    return JSONResponse(content, 201, {"Cache-Control": "no-store"})
