"""The call POST /v1/incoming/{kind}: for other systems, which sign instead of sending a key."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader

from api.comments import service as comments
from api.comments.schemas import CommentIn
from api.comments.service import Received
from api.deps import AnalyzerDep, Now, ReadSession, WriteSession
from api.errors import RefusedCommentError
from api.examples import request_examples, response_examples
from api.incoming import examples, service
from api.incoming.schemas import TakenOut
from api.incoming.source_routes import BoxDep
from api.keys.service import Caller
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.themes.shelf import ShelfDep

router = APIRouter(prefix="/v1/incoming", tags=["incoming"])
_signature = APIKeyHeader(
    name="webhook-signature",
    scheme_name="StandardWebhooks",
    description="With `webhook-id` and `webhook-timestamp`, as Standard Webhooks says.",
    auto_error=False,
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"description": "Any JSON; the source's mapping reads it / 任意の JSON"},
                "examples": request_examples(examples.PAYLOAD_JA, examples.PAYLOAD_EN),
            }
        },
    }
}


async def raw_body(request: Request) -> bytes:
    """Read the body as it was sent: the signature is over its bytes.

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
    "/{kind}",
    status_code=201,
    summary="Take a signed message in / 署名付きメッセージを受信する",
    response_model=None,
    responses={
        201: {
            "model": TakenOut,
            "description": "A new comment / 新規",
            "content": response_examples(examples.TAKEN, examples.TAKEN),
        },
        200: {
            "model": TakenOut,
            "description": "Seen before, or no comment in it / 受信済み、またはコメントなし",
            "content": response_examples(examples.SEEN, examples.SEEN),
        },
        **documented(400, 413, 415),
    },
    openapi_extra=_BODY,
)
def take_message(
    kind: Literal["generic"],
    request: Request,
    content: Annotated[bytes, Depends(raw_body)],
    _: Annotated[str | None, Security(_signature)],
    reader: ReadSession,
    session: WriteSession,
    box: BoxDep,
    analyzer: AnalyzerDep,
    shelf: ShelfDep,
    rulebook: RulebookDep,
    now: Now,
    source: Annotated[str, Query(max_length=40, description="Id of the source / 受信元の ID")],
) -> Response:
    """Turn a message of a survey system into a comment, which is analysed and may open a ticket.

    The same `webhook-id` again, or the same comment under another id, has no second effect.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    sender = service.authenticate(reader, box, kind, source, headers, content, now)

    def receive(document: CommentIn, caller: Caller) -> Received:
        [answer] = comments.receive(
            [document],
            reader=reader,
            session=session,
            analyzer=analyzer,
            shelf=shelf,
            rulebook=rulebook,
            caller=caller,
            now=now,
        )
        if isinstance(answer, RefusedCommentError):
            raise answer
        return answer

    taken = service.take(reader, session, sender, headers["webhook-id"], content, receive, now)
    body = {"comment_id": taken.comment_id, "ticket_id": taken.ticket_id, "result": taken.result}
    return JSONResponse(body, 201 if taken.is_new else 200)
