"""Decides what a comment does: open a ticket, join the customer's open one, or nothing."""

from dataclasses import dataclass
from datetime import datetime

from api.policy.levels import Level, higher
from api.policy.rules import Policy
from api.policy.taxonomy import TRIAGE, Taxonomy
from voc_nlp.schema import Analysis, Comment, UrgencyLevel

_URGENCY_ORDER = tuple(UrgencyLevel)


@dataclass(frozen=True, slots=True)
class Opening:
    """The ticket that a comment deserves, with why."""

    department: str
    level: Level
    urgency: UrgencyLevel
    due_at: datetime
    rule_id: str
    policy_version: str
    model_version: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an open ticket a further comment may sharpen."""

    level: Level
    urgency: UrgencyLevel
    due_at: datetime


def decide(
    comment: Comment, analysis: Analysis, *, policy: Policy, taxonomy: Taxonomy, now: datetime
) -> Opening | None:
    """Decide whether a comment deserves a ticket, and which.

    Parameters
    ----------
    comment : Comment
        The comment as it was sent.
    analysis : Analysis
        What was said about it.
    policy : Policy
        The opening rules, hours and calendar.
    taxonomy : Taxonomy
        The departments that exist.
    now : datetime
        When the comment was received; the hours run from here.

    Returns
    -------
    Opening | None
        None when no rule holds.
    """
    rule = policy.first_match(comment, analysis)
    if rule is None:
        return None
    urgency = analysis.urgency.level
    return Opening(
        department=owner(analysis, taxonomy),
        level=rule.level,
        urgency=urgency,
        due_at=policy.calendar.due_after(now, policy.sla_hours[rule.level, urgency]),
        rule_id=rule.id,
        policy_version=policy.version,
        model_version=analysis.model_version,
    )


def owner(analysis: Analysis, taxonomy: Taxonomy) -> str:
    """Name the department that gets the ticket.

    Parameters
    ----------
    analysis : Analysis
        What was said about the comment.
    taxonomy : Taxonomy
        The departments that exist.

    Returns
    -------
    str
        The primary department; `TRIAGE` when the model abstained, named nobody, or named
        a department that the customer does not have.
    """
    if analysis.abstained or not analysis.departments:
        return TRIAGE
    primary = analysis.departments[0].id
    return primary if primary in taxonomy.departments else TRIAGE


def join(standing: Standing, opening: Opening) -> Standing:
    """Sharpen an open ticket by a further comment: never lower, never later.

    Parameters
    ----------
    standing : Standing
        The open ticket.
    opening : Opening
        The ticket that the further comment alone would deserve.

    Returns
    -------
    Standing
        The higher level, the higher urgency, the earlier due time.
    """
    return Standing(
        level=higher(standing.level, opening.level),
        urgency=max(standing.urgency, opening.urgency, key=_URGENCY_ORDER.index),
        due_at=min(standing.due_at, opening.due_at),
    )
