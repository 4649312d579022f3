"""The call under /v1/themes that says which theme a comment belongs to."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body, Response

from api.audit import chain
from api.corrections import service
from api.corrections.routes import MetricsDep
from api.corrections.service import Deed
from api.deps import MayTicket, Now, ReadSession, WriteSession
from api.idempotency.route import KeyedRoute
from api.policy.rulebook import RulebookDep
from api.themes import examples, taxonomy
from api.themes.etag import IfMatch
from api.themes.routes import CHANGED, PROBLEMS, DryRun, answer
from api.themes.schemas import CorrectionIn
from api.themes.shelf import ShelfDep
from api.themes.taxonomy import Request

router = APIRouter(prefix="/v1/themes", tags=["themes"], route_class=KeyedRoute)


@router.post(
    "/corrections",
    summary="Correct a comment's theme / コメントのテーマを訂正する",
    response_model=None,
    responses={200: CHANGED, **PROBLEMS},
)
def correct_theme(
    body: Annotated[
        CorrectionIn, Body(openapi_examples=examples.requests(examples.CORRECTION_JA, examples.CORRECTION_EN))
    ],
    caller: MayTicket,
    now: Now,
    rulebook: RulebookDep,
    reader: ReadSession,
    session: WriteSession,
    shelf: ShelfDep,
    metrics: MetricsDep,
    background: BackgroundTasks,
    if_match: IfMatch = None,
    dry_run: DryRun = False,
) -> Response:
    """Say which theme a comment belongs to, null for none; fits and edits keep it. Needs the scope ticket.

    It is one of the corrections that `GET /v1/corrections` lists, of the key as annotator; unlike
    `POST /v1/corrections` it can be tried, and is refused when somebody changed the themes since.
    """
    request = Request(caller, if_match, dry_run, now, rulebook.policy.calendar.zone)
    edit = taxonomy.correcting(body, request)
    if dry_run:
        return answer(taxonomy.perform(reader, session, shelf, request, "correct", edit))
    deed = Deed(session, caller, shelf, rulebook, now)
    chain.hold(session, caller.tenant_id)  # before the themes
    said = service.theme_said(deed, body.comment_id)
    outcome = taxonomy.perform(reader, session, shelf, request, "correct", edit)
    row = service.note_theme(deed, body.comment_id, body.theme_id, outcome.revision - 1, said)
    background.add_task(metrics.count_correction, row.task, row.agreed)
    return answer(outcome)
