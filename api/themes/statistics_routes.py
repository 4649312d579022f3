"""The calls under /v1/themes that count: trends, emerging, impact."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import MayRead, ReadSession
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.themes import examples, models, statistics
from api.themes.schemas import ThemeId
from api.themes.shelf import ShelfDep
from api.themes.statistics import Scope
from api.themes.statistics_schemas import EmergingAnswer, ImpactOut, TrendsOut
from voc_nlp.topics.statistics.bursts import WINDOW_DAYS
from voc_nlp.topics.statistics.impact import Outcome
from voc_nlp.topics.statistics.periods import Period

router = APIRouter(prefix="/v1/themes", tags=["themes"])
Segment = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description="`language`, `channel`, `touchpoint`, `industry` or a column of `extra` / 区分",
    ),
]
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


def scope_of(caller: MayRead, session: ReadSession, shelf: ShelfDep, rulebook: RulebookDep) -> Scope:
    """Find the tenant's themes and calendar.

    Parameters
    ----------
    caller : MayRead
        Who asks.
    session : ReadSession
        A reading session.
    shelf : ShelfDep
        Keeps the tenant's model.
    rulebook : RulebookDep
        Has the calendar's zone.

    Returns
    -------
    Scope
        What is counted.
    """
    model = models.current(session, caller.tenant_id, shelf)
    return Scope(caller.tenant_id, model, rulebook.policy.calendar.zone)


ScopeDep = Annotated[Scope, Depends(scope_of)]


@router.get(
    "/trends",
    summary="Count themes by period / テーマの推移",
    responses={
        200: {
            "description": "Counts and shares with 95% intervals / 件数と割合(95% 区間)",
            "content": examples.answers(examples.TRENDS),
        },
        **documented(404),
    },
)
def read_trends(
    scope: ScopeDep,
    session: ReadSession,
    period: Period = Period.MONTH,
    by: Segment = None,
    theme: Annotated[ThemeId | None, Query(description="One theme, or `unassigned`")] = None,
    start: Annotated[date | None, Query(alias="from", ge=_FIRST_DAY, le=_LAST_DAY)] = None,
    end: Annotated[date | None, Query(alias="to", ge=_FIRST_DAY, le=_LAST_DAY)] = None,
) -> TrendsOut:
    """Count comments by theme, period and segment; groups count what stands below them."""
    found = statistics.trends(session, scope, period=period.value, by=by, theme=theme, start=start, end=end)
    return TrendsOut.model_validate(found)


@router.get(
    "/emerging",
    summary="Find what is emerging / 急増・新出の話題",
    responses={
        200: {
            "description": "Known themes that rise, and groups that no theme holds / 急増テーマと新しい話題",
            "content": examples.answers(examples.EMERGING),
        },
        **documented(),
    },
)
def read_emerging(
    scope: ScopeDep,
    session: ReadSession,
    shelf: ShelfDep,
    window_days: Annotated[int, Query(ge=1, le=366)] = WINDOW_DAYS,
    at: Annotated[date | None, Query(ge=_FIRST_DAY, le=_LAST_DAY, description="Last day / 最終日")] = None,
) -> EmergingAnswer:
    """Test which themes are written about more than before; scan the latest 20,000 comments for new ones."""
    found = statistics.emerging(session, scope, shelf, window_days=window_days, at=at)
    return EmergingAnswer.model_validate(found)


@router.get(
    "/impact",
    summary="Measure what themes go with / テーマの影響",
    responses={
        200: {
            "description": "With and without each theme, with 95% intervals / 有無の比較(95% 区間)",
            "content": examples.answers(examples.IMPACT),
        },
        **documented(),
    },
)
def read_impact(
    scope: ScopeDep, session: ReadSession, outcome: Outcome = Outcome.NPS, by: Segment = None
) -> ImpactOut:
    """Compare NPS (or the sentiment score) of the comments with a theme with that of the others."""
    return ImpactOut.model_validate(statistics.impact(session, scope, outcome=outcome.value, by=by))
