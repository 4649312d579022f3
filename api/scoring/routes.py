"""The call POST /v1/score."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Header, Query, Request, Response

from api import examples
from api.analysis.analyzer import PooledAnalyzer
from api.analysis.answering import Form
from api.deps import AnalyzerDep, ChargeSoon, MayScore
from api.errors import Bilingual, Fault, InvalidRequestError
from api.intake import check_keys
from api.offsets import Offsets
from api.options import LoadedModelVersion, OffsetsQuery
from api.problems import documented, preferred_language
from api.scoring import service
from api.scoring.disconnect import until_gone
from api.scoring.quick import QuickScoreRoute
from api.scoring.schemas import MAX_EXPLAINED, ScoreIn, ScoreOut

router = APIRouter(prefix="/v1/score", tags=["score"], route_class=QuickScoreRoute)


@router.post(
    "",
    summary="Analyse up to 100 comments / コメントを分析する(100 件まで、保存しない)",
    response_model=None,
    dependencies=[LoadedModelVersion],
    responses={
        200: {
            "model": ScoreOut,
            "description": "Analyses and errors / 分析結果とエラー",
            "content": examples.response_examples(examples.SCORE_OUT_JA, examples.SCORE_OUT_EN),
        },
        **documented(400, 413, 415),
    },
)
async def score(
    request: Request,
    body: Annotated[
        ScoreIn,
        Body(openapi_examples=examples.request_examples(examples.SCORE_IN_JA, examples.SCORE_IN_EN)),
    ],
    _caller: MayScore,
    charge: ChargeSoon,
    analyzer: AnalyzerDep,
    offsets: OffsetsQuery = Offsets.CODEPOINT,
    explain: Annotated[
        bool, Query(description=f"Say why, for at most {MAX_EXPLAINED} comments: see `explanation`.")
    ] = False,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Analyse comments and store nothing; spans count code points of the text as it was sent.

    A comment that cannot be used is told in `errors` and costs the others nothing; only a
    missing or repeated id refuses the whole request (422, naming the index).
    """
    raws: list[Any] = list(body.comments)
    await charge(len(raws))
    ids = [str(key) for (key,) in check_keys(raws, ("id",))]
    if explain and len(raws) > MAX_EXPLAINED:
        raise _too_many_to_explain(len(raws))
    scoring = service.score(
        raws,
        ids,
        cast(PooledAnalyzer, analyzer),
        Form.EXPLANATION if explain else Form.JSON,
        turn=request.app.state.reading_turn,
        utf16=offsets is Offsets.UTF16,
    )
    scored = await until_gone(request.receive, scoring)
    if scored is None:
        return Response(status_code=503)  # nobody reads it
    return Response(scored.to_json(ids, preferred_language(accept_language)), media_type="application/json")


def _too_many_to_explain(count: int) -> InvalidRequestError:
    """Say how many comments can be explained at once."""
    return InvalidRequestError(
        [
            Fault(
                "/comments",
                Bilingual(
                    f"{count} comments to explain; send at most {MAX_EXPLAINED} with explain=true",
                    f"explain=true では一度に {MAX_EXPLAINED} 件までです({count} 件ありました)",
                ),
            )
        ]
    )
