"""The calls under /v1/themes/dictionary."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from api.deps import MayRead, ReadSession, WriteSession
from api.problems import documented, preferred_language
from api.themes import etag, examples, models, taxonomy
from api.themes.dictionary import CSV, dictionary_out, read_dictionary, using
from api.themes.routes import ETAG, PROBLEMS, ChangeRequest
from api.themes.schemas import DictionaryAnswer, DictionaryChangeOut
from api.themes.shelf import ShelfDep
from voc_nlp.text.conflicts import find_conflicts
from voc_nlp.text.dictionary_csv import write_dictionary_csv

router = APIRouter(prefix="/v1/themes/dictionary", tags=["themes"])
_CSV_CONTENT = {
    "schema": {"type": "string"},
    "example": "kind,word,stands_for\r\nsynonym,ポイカ,ポイントカード\r\n",
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "stop_words": {"type": "array", "items": {"type": "string"}},
                        "synonyms": {"type": "object", "additionalProperties": {"type": "string"}},
                        "compounds": {"type": "array", "items": {"type": "string"}},
                    },
                },
                "examples": examples.requests(examples.DICTIONARY_JA, examples.DICTIONARY_EN),
            },
            CSV: _CSV_CONTENT,
        },
    }
}


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


@router.get(
    "",
    summary="Read the tenant's words / 辞書を取得する",
    response_model=None,
    responses={
        200: {
            "model": DictionaryAnswer,
            "description": "As JSON; as CSV with `Accept: text/csv` / JSON または CSV",
            "content": {
                **examples.answers(examples.DICTIONARY_OUT_JA, examples.DICTIONARY_OUT_EN),
                CSV: _CSV_CONTENT,
            },
            "headers": ETAG,
        },
        **documented(),
    },
)
def read_words(
    caller: MayRead,
    session: ReadSession,
    shelf: ShelfDep,
    accept: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
    bom: Annotated[bool, Query(description="Byte order mark for Excel / Excel 向け BOM")] = False,
) -> Response:
    """Read stop words, synonyms and protected compounds, and what contradicts itself among them."""
    model = models.current(session, caller.tenant_id, shelf)
    headers = {"ETag": etag.write(model.revision)}
    if CSV in (accept or "").lower():
        content = write_dictionary_csv(model.dictionary).encode("utf-8-sig" if bom else "utf-8")
        return Response(content, media_type=f"{CSV}; charset=utf-8", headers=headers)
    language = preferred_language(accept_language)
    body = dictionary_out(model.revision, model.dictionary, find_conflicts(model.dictionary), language)
    return JSONResponse(body, headers=headers)


@router.put(
    "",
    summary="Replace the tenant's words / 辞書を置き換える",
    response_model=None,
    responses={
        200: {
            "model": DictionaryChangeOut,
            "description": "The words, their conflicts, and what moved / 辞書・矛盾・影響",
            "content": examples.answers(examples.DICTIONARY_CHANGE_JA, examples.DICTIONARY_CHANGE_EN),
            "headers": ETAG,
        },
        **PROBLEMS,
    },
    openapi_extra=_BODY,
)
def replace_words(
    content: Annotated[bytes, Depends(raw_body)],
    request: ChangeRequest,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
    content_type: Annotated[str, Header()] = "application/json",
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Replace all words, as JSON or CSV; synonyms count at once for all stored comments.

    Contradictions are told in `conflicts` and keep nothing from working; an unusable line refuses all.
    """
    sent = read_dictionary(content, content_type)
    outcome = taxonomy.perform(reader, session, shelf, request, "dictionary", using(sent.dictionary))
    language = preferred_language(accept_language)
    body = {
        **dictionary_out(outcome.revision, sent.dictionary, sent.conflicts, language),
        "dry_run": outcome.dry_run,
        "changes": outcome.changes,
    }
    return JSONResponse(body, headers={"ETag": etag.write(outcome.revision)})
