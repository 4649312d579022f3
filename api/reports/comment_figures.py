"""NPS and sentiment of the stored comments by period and segment, each against the period before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from api.errors import Bilingual, RequestError
from api.themes.observing import observations
from api.themes.statistics import Scope
from voc_nlp.errors import InputError
from voc_nlp.schema import SentimentLabel
from voc_nlp.topics.statistics.intervals import (
    Estimate,
    estimate_difference,
    estimate_mean,
    estimate_share,
)
from voc_nlp.topics.statistics.nps import DETRACTOR, PROMOTER, estimate_nps
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.periods import Period, Stretch, period_of, periods_between

MOST_ROWS = 20_000
_Cells = Mapping[tuple[Stretch, str | None], Sequence[Observation]]


class ReportError(RequestError):
    """A report cannot be computed with these parameters.

    Parameters
    ----------
    message : str
        What was met, what was expected, what to do.
    """

    status = 422
    code = "invalid_request"
    title = Bilingual("Invalid request", "リクエストの内容が正しくありません")

    def __init__(self, message: str) -> None:
        super().__init__(Bilingual(message, f"この条件では集計できません: {message}"))


class Asked(NamedTuple):
    """What is counted: periods, a segment to divide by, first and last day."""

    period: Period
    by: str | None
    start: date | None
    end: date | None


def nps(session: Session, scope: Scope, asked: Asked) -> dict[str, Any]:
    """Sum up the Net Promoter Score.

    Parameters
    ----------
    session : Session
        A reading session.
    scope : Scope
        Whose comments, on whose calendar.
    asked : Asked
        What is counted.

    Returns
    -------
    dict[str, Any]
        An `NpsReport`; comments that say nothing count with their answer. Too many periods or rows
        raise `ReportError`.
    """
    seen = observations(session, scope.tenant_id, scope.model, zone=scope.zone, by=asked.by, with_empty=True)

    def figures(members: Sequence[Observation]) -> tuple[dict[str, Any], Estimate | None]:
        answers = [one.nps for one in members if one.nps is not None]
        promoters = sum(answer >= PROMOTER for answer in answers)
        detractors = sum(answer <= DETRACTOR for answer in answers)
        score = estimate_nps(promoters, detractors, len(answers))
        return {
            "nps": _told(score),
            "answers": len(answers),
            "promoters": promoters,
            "passives": len(answers) - promoters - detractors,
            "detractors": detractors,
            "unanswered": len(members) - len(answers),
        }, score

    return _report(seen, asked, figures)


def sentiment(session: Session, scope: Scope, asked: Asked) -> dict[str, Any]:
    """Sum up the sentiment of comments.

    Parameters
    ----------
    session : Session
        A reading session.
    scope : Scope
        Whose comments, on whose calendar.
    asked : Asked
        What is counted.

    Returns
    -------
    dict[str, Any]
        A `SentimentReport`; comments that say nothing are left out. Too many periods or rows raise
        `ReportError`.
    """
    seen = observations(session, scope.tenant_id, scope.model, zone=scope.zone, by=asked.by)

    def figures(members: Sequence[Observation]) -> tuple[dict[str, Any], Estimate | None]:
        scores = [one.score for one in members if one.score is not None]
        labels = [one.label for one in members if one.label is not None]
        counts = {label: labels.count(label) for label in SentimentLabel}
        mean = estimate_mean(scores, least=-1, most=1)
        return {
            "sentiment": _told(mean),
            "comments": len(members),
            "labels": {
                label.value: {"comments": count, "share": _told(estimate_share(count, len(labels)))}
                for label, count in counts.items()
            },
        }, mean

    return _report(seen, asked, figures)


def _report(
    seen: Iterable[Observation],
    asked: Asked,
    figures: Callable[[Sequence[Observation]], tuple[dict[str, Any], Estimate | None]],
) -> dict[str, Any]:
    """Lay out one row a period and segment, also where nothing was written."""
    try:
        stretches, cells, outside = _divide(seen, asked)
    except InputError as error:
        raise ReportError(str(error)) from None
    segments = sorted({segment for _, segment in cells}, key=lambda name: (name is None, name or ""))
    if len(stretches) * len(segments) > MOST_ROWS:
        raise ReportError(
            f"the table would have {len(stretches) * len(segments):,} rows ({len(stretches):,} periods, "
            f"{len(segments):,} segments); expected at most {MOST_ROWS:,}. Name a first and last day, a "
            "longer period, or a segment of fewer values."
        )
    items = []
    before: dict[str | None, Estimate | None] = {}
    for stretch in stretches:
        for segment in segments or [None]:
            told, figure = figures(cells.get((stretch, segment), ()))
            past = before.get(segment)
            before[segment] = figure
            change = estimate_difference(figure, past) if figure and past else None
            whole = (asked.start is None or asked.start <= stretch.start) and (
                asked.end is None or stretch.end <= asked.end
            )
            items.append(
                {
                    "start": stretch.start,
                    "end": stretch.end,
                    "segment": segment,
                    **told,
                    "change": _told(change),
                    "complete": whole,
                }
            )
    return {"period": asked.period.value, "by": asked.by, "items": items, "outside": outside}


def _divide(seen: Iterable[Observation], asked: Asked) -> tuple[list[Stretch], _Cells, int]:
    """Sort comments into periods and segments; the last value counts those outside the days asked for."""
    cells: defaultdict[tuple[Stretch, str | None], list[Observation]] = defaultdict(list)
    known: dict[date, Stretch] = {}
    outside = 0
    for one in seen:
        if one.at is None:
            continue
        if (asked.start and one.at < asked.start) or (asked.end and one.at > asked.end):
            outside += 1
            continue
        if one.at not in known:
            known[one.at] = period_of(one.at, asked.period)
        cells[known[one.at], None if asked.by is None else one.segment(asked.by)].append(one)
    first = asked.start or min(known, default=None)
    last = asked.end or max(known, default=None)
    if first is None or last is None:
        return [], cells, outside
    return list(periods_between(first, last, asked.period)), cells, outside


def _told(estimate: Estimate | None) -> dict[str, float | None] | None:
    return None if estimate is None else asdict(estimate)
