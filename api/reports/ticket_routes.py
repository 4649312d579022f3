"""The call that counts tickets: GET /v1/metrics/tickets."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import MayRead, ReadSession
from api.examples import JsonObject, response_examples
from api.policy.root_causes import path_of
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.reports.ticket_facts import opened_facts, resolved_facts
from api.reports.tickets import Grouping, TicketFigures, count_tickets
from voc_nlp.topics.statistics.intervals import Estimate
from voc_nlp.topics.statistics.periods import Period

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


class ShareOut(BaseModel):
    """A share in [0, 1] with its 95% interval (Wilson)."""

    value: float
    low: float | None
    high: float | None


class TicketFiguresOut(BaseModel):
    """Figures of one period and group."""

    start: date
    end: date
    group: str | None
    opened: int
    open_and_late: int = Field(description="Of the opened: unresolved, resolution past due.")
    first_answers: int = Field(description="Of the opened: answered, or past due without an answer.")
    late_first_answers: ShareOut | None
    first_answer_hours: float | None = Field(description="Median business hours.")
    resolved: int
    late_resolutions: ShareOut | None
    resolution_hours: float | None = Field(description="Median business hours, without waiting.")
    reopened: ShareOut | None
    followed_up: int = Field(description="Of the resolved: followed up with an answer.")
    recovered: ShareOut | None = Field(description="Satisfied (4 or 5) among the followed up.")


class TicketFiguresAnswer(BaseModel):
    """Periods and groups in which something happened, oldest first."""

    period: Period
    by: Grouping | None
    items: list[TicketFiguresOut]


_SHARE: JsonObject = {"value": 0.25, "low": 0.0456, "high": 0.6994}
EXAMPLE: JsonObject = {
    "period": "month",
    "by": "department",
    "items": [
        {
            "start": "2026-04-01",
            "end": "2026-04-30",
            "group": "logistics",
            "opened": 5,
            "open_and_late": 0,
            "first_answers": 4,
            "late_first_answers": _SHARE,
            "first_answer_hours": 2.5,
            "resolved": 4,
            "late_resolutions": _SHARE,
            "resolution_hours": 20.0,
            "reopened": _SHARE,
            "followed_up": 0,
            "recovered": None,
        }
    ],
}
_CONTENT: Any = response_examples(EXAMPLE, EXAMPLE)


@router.get(
    "/tickets",
    summary="Count tickets by period / チケットの集計",
    responses={
        200: {
            "description": "Counts, shares with 95% intervals, medians / 件数・割合(95% 区間)・中央値",
            "content": _CONTENT,
        },
        **documented(),
    },
)
def count(
    caller: MayRead,
    session: ReadSession,
    rulebook: RulebookDep,
    period: Period = Period.MONTH,
    by: Grouping | None = None,
    start: Annotated[date | None, Query(alias="from", ge=_FIRST_DAY, le=_LAST_DAY)] = None,
    end: Annotated[date | None, Query(alias="to", ge=_FIRST_DAY, le=_LAST_DAY)] = None,
) -> TicketFiguresAnswer:
    """Count what was opened and resolved, late or not, how long it took, reopened, and recovered.

    Days are those of the calendar's zone. A root cause counts what stands below it too.
    """
    zone, causes = rulebook.policy.calendar.zone, rulebook.taxonomy.root_causes
    found = count_tickets(
        opened_facts(session, caller.tenant_id, zone, start, end),
        resolved_facts(session, caller.tenant_id, zone, start, end),
        period=period,
        by=by,
        paths={cause_id: path_of(cause_id, causes) for cause_id in causes},
    )
    return TicketFiguresAnswer(period=period, by=by, items=[_shown(one) for one in found])


def _shown(figures: TicketFigures) -> TicketFiguresOut:
    return TicketFiguresOut(
        start=figures.period.start,
        end=figures.period.end,
        group=figures.group,
        opened=figures.opened,
        open_and_late=figures.open_and_late,
        first_answers=figures.first_answers,
        late_first_answers=_share(figures.late_first_answers),
        first_answer_hours=_hours(figures.first_answer_hours),
        resolved=figures.resolved,
        late_resolutions=_share(figures.late_resolutions),
        resolution_hours=_hours(figures.resolution_hours),
        reopened=_share(figures.reopened),
        followed_up=figures.followed_up,
        recovered=_share(figures.recovered),
    )


def _share(estimate: Estimate | None) -> ShareOut | None:
    return None if estimate is None else ShareOut(value=estimate.value, low=estimate.low, high=estimate.high)


def _hours(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 4)
