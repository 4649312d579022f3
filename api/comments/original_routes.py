"""The call that reads the original of a comment: never without an entry in the audit."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api import examples
from api.audit import chain
from api.audit.chain import Entry
from api.comments import repository
from api.db.ids import is_id
from api.deps import MayUnmask, Now, VaultDep, WriteSession
from api.errors import NotFoundError, OriginalUnavailableError
from api.problems import documented
from api.vault import originals

router = APIRouter(prefix="/v1/comments", tags=["comments"])


class UnmaskReason(StrEnum):
    """Why somebody reads an original; the audit holds this word and no free text."""

    ANSWER_CUSTOMER = "answer_customer"
    INVESTIGATE = "investigate"
    SAFETY = "safety"
    LEGAL = "legal"
    QUALITY = "quality"
    SUBJECT_ACCESS = "subject_access"


class HiddenOut(BaseModel):
    """One place that is masked elsewhere; code points of the original."""

    start: int
    end: int


class OriginalOut(BaseModel):
    """A comment as it was sent."""

    id: str
    text: str = Field(description="As it was sent, personal data included / 受信時の原文(個人情報を含む)")
    hidden: list[HiddenOut] = Field(description="What is masked elsewhere / マスク対象の範囲")


EXAMPLE_JA = {
    "id": "cmt_0192f0c1a2b37c4d8e9f001122334455",
    "text": "03-1234-5678 に電話をください。",
    "hidden": [{"start": 0, "end": 12}],
}
EXAMPLE_EN = {
    "id": "cmt_0192f0c1a2b37c4d8e9f001122334456",
    "text": "Call me: 03-1234-5678.",
    "hidden": [{"start": 9, "end": 21}],
}


@router.get(
    "/{comment_id}/original",
    summary="Read a comment unmasked / コメントの原文を取得する",
    response_model=None,
    responses={
        200: {
            "model": OriginalOut,
            "description": "The original; the reading is in the audit / 原文(閲覧は監査に記録)",
            "content": examples.response_examples(EXAMPLE_JA, EXAMPLE_EN),
        },
        **documented(404),
    },
)
def read_original(
    comment_id: str,
    reason: Annotated[UnmaskReason, Query(description="Why; kept in the audit / 閲覧理由(監査に記録)")],
    caller: MayUnmask,
    session: WriteSession,
    vault: VaultDep,
    now: Now,
) -> Response:
    """Read a comment as it was sent; needs the scope `unmask`, and the tenant's data key."""
    chain.hold(session, caller.tenant_id)
    row = None
    if is_id("cmt", comment_id):
        row = repository.find(session, caller.tenant_id, comment_id, caller.departments)
    if row is None:
        raise NotFoundError()
    text = originals.read(session, vault, row)
    if text is None:
        raise OriginalUnavailableError()
    entry = Entry(f"key:{caller.key_id}", "unmasked", "comment", row.id, {}, {}, {"category": reason.value})
    chain.append(session, caller.tenant_id, entry, now)
    hidden = [{"start": start, "end": end} for start, end, _, _ in row.masked_ranges]
    body = {"id": row.id, "text": text, "hidden": hidden}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
