"""The call POST /v1/score."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response
from fastapi.responses import JSONResponse

from api import examples
from api.deps import AnalyzerDep, Charge, MayScore
from api.errors import RefusedCommentError
from api.idempotency.route import RepeatableRoute
from api.intake import check_keys, read_document, refused
from api.problems import documented, preferred_language
from api.scoring.schemas import CommentToScore, ScoreIn, ScoreOut
from voc_nlp.schema import Comment, Refusal

router = APIRouter(prefix="/v1/score", tags=["score"], route_class=RepeatableRoute)


@router.post(
    "",
    summary="Analyse up to 100 comments / コメントを分析する(100 件まで、保存しない)",
    response_model=None,
    responses={
        200: {
            "model": ScoreOut,
            "description": "Analyses and errors / 分析結果とエラー",
            "content": examples.response_examples(examples.SCORE_OUT_JA, examples.SCORE_OUT_EN),
        },
        **documented(400, 413, 415),
    },
)
def score(
    body: Annotated[
        ScoreIn,
        Body(openapi_examples=examples.request_examples(examples.SCORE_IN_JA, examples.SCORE_IN_EN)),
    ],
    _caller: MayScore,
    charge: Charge,
    analyzer: AnalyzerDep,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Analyse comments and store nothing; spans count code points of the text as it was sent.

    A comment that cannot be used is told in `errors` and costs the others nothing; only a
    missing or repeated id refuses the whole request (422, naming the index).
    """
    raws: list[Any] = list(body.comments)
    charge(len(raws))
    ids = [str(key) for (key,) in check_keys(raws, ("id",))]
    language = preferred_language(accept_language)
    comments: list[Comment] = []
    indices: list[int] = []
    errors: list[dict[str, Any]] = []

    def refuse(index: int, error: RefusedCommentError) -> dict[str, Any]:
        return {
            "index": index,
            "id": ids[index],
            "error": {"code": error.code, "message": error.detail.said_in(language)},
        }

    for index, raw in enumerate(raws):
        try:
            comments.append(read_document(CommentToScore, raw).to_comment(ids[index]))
            indices.append(index)
        except RefusedCommentError as error:
            errors.append(refuse(index, error))
    results: list[dict[str, Any]] = []
    answers = analyzer.analyze(comments) if comments else []
    for index, answer in zip(indices, answers, strict=True):
        if not isinstance(answer, Refusal):
            results.append(answer.to_dict())
            continue
        entry = refuse(index, refused(answer))
        if answer.language is not None:
            entry["language"] = answer.language.value
        errors.append(entry)
    errors.sort(key=lambda entry: int(entry["index"]))
    return JSONResponse(
        {
            "results": results,
            "errors": errors,
            "succeeded": len(results),
            "failed": len(errors),
            "truncated": False,
        }
    )
