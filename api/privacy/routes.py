"""The calls that erase a customer and show the certificates."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from api import examples
from api.deps import MayErase, MayReadOwn, Now, ReadSession, VaultDep, WriteSession
from api.errors import Bilingual, Fault, InvalidRequestError
from api.paging import DEFAULT_LIMIT, CursorQuery, LimitQuery, read_page
from api.privacy import erasing, schemas
from api.privacy.schemas import CertificateOut, ErasurePage, PublicKeysOut
from api.problems import documented

router = APIRouter(prefix="/v1", tags=["privacy"])
_CERTIFICATE: dict[str, Any] = {
    "model": CertificateOut,
    "description": "The certificate / 消去証明書",
    "content": examples.response_examples(schemas.CERTIFICATE_JA, schemas.CERTIFICATE_EN),
}


@router.delete(
    "/customers/{customer_id:path}",
    summary="Erase a customer / 顧客データを消去する",
    response_model=None,
    responses={200: _CERTIFICATE, **documented()},
)
def erase_customer(
    customer_id: Annotated[str, Path(description="Percent-encoded, any characters / URL エンコード")],
    caller: MayErase,
    session: WriteSession,
    vault: VaultDep,
    now: Now,
) -> JSONResponse:
    """Delete everything of a customer, and answer a certificate; counts are 0 when there was nothing.

    A customer who writes again later is kept again.
    """
    if not customer_id.strip() or len(customer_id) > 200 or not _is_storable(customer_id):
        fault = Bilingual(
            "a customer's id has 1 to 200 characters, NUL not among them",
            "顧客 ID は NUL を除く 1〜200 文字で指定してください",
        )
        raise InvalidRequestError([Fault("/path/customer_id", fault)])
    actor = f"key:{caller.key_id}"
    certificate = erasing.erase(session, caller.tenant_id, customer_id, actor=actor, vault=vault, now=now)
    return JSONResponse(certificate, headers={"Cache-Control": "no-store"})


@router.get(
    "/erasures",
    summary="List erasures, newest first / 消去証明書の一覧",
    response_model=None,
    responses={
        200: {
            "model": ErasurePage,
            "description": "A page / 1 ページ",
            "content": examples.response_examples(schemas.PAGE_JA, schemas.PAGE_EN),
        },
        **documented(400),
    },
)
def list_erasures(
    caller: MayErase, session: ReadSession, cursor: CursorQuery = None, limit: LimitQuery = DEFAULT_LIMIT
) -> JSONResponse:
    """List the certificates; pass `next_cursor` to go on."""
    rows, next_cursor = erasing.list_page(session, caller.tenant_id, read_page(limit, cursor, "era"))
    return JSONResponse({"items": [row.certificate for row in rows], "next_cursor": next_cursor})


@router.get(
    "/erasures/{erasure_id}",
    summary="Read a certificate / 消去証明書を取得する",
    response_model=None,
    responses={200: _CERTIFICATE, **documented(404)},
)
def read_erasure(erasure_id: str, caller: MayErase, session: ReadSession) -> JSONResponse:
    """Read one certificate as it was issued."""
    return JSONResponse(erasing.find(session, caller.tenant_id, erasure_id).certificate)


@router.get(
    "/certificates/key",
    summary="Read the public keys of the certificates / 証明書の公開鍵を取得する",
    response_model=None,
    responses={
        200: {
            "model": PublicKeysOut,
            "description": "The current one first / 現行の鍵が先頭",
            "content": examples.response_examples(schemas.KEYS, schemas.KEYS),
        },
        **documented(),
    },
)
def read_public_keys(caller: MayReadOwn, vault: VaultDep) -> JSONResponse:
    """Read the public keys; note them down, a certificate is checked by a key that came another way."""
    keys = {} if vault is None else vault.public_keys()
    items = [{"key_id": key_id, "public_key": base64.b64encode(key).decode()} for key_id, key in keys.items()]
    return JSONResponse({"algorithm": "Ed25519", "items": items})


def _is_storable(text: str) -> bool:
    """Say whether a database takes a text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
