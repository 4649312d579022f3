"""Decides what a comment does: open a ticket, join the customer's open one, or nothing."""

from dataclasses import dataclass
from datetime import datetime

from api.policy.levels import Level, higher, next_level
from api.policy.rules import Policy
from api.policy.taxonomy import TRIAGE, Taxonomy
from api.tickets import complexity
from voc_nlp.schema import Analysis, Comment, SentimentLabel, UrgencyLevel

_URGENCY_ORDER = tuple(UrgencyLevel)


@dataclass(frozen=True, slots=True)
class Opening:
    """The ticket that a comment deserves, with why; it is due when the first answer is.

    `raised_by` names the condition of complexity that put it one level above its rule's.
    """

    department: str
    level: Level
    urgency: UrgencyLevel
    due_at: datetime
    rule_id: str
    policy_version: str
    model_version: str
    raised_by: str | None = None
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an open ticket a further comment may sharpen."""

    level: Level
    urgency: UrgencyLevel


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
    urgency, level = analysis.urgency.level, rule.level
    above = next_level(level)
    raised_by = complexity.at_opening(len(analysis.departments), policy.escalation) if above else None
    if raised_by and above:
        level = above
    return Opening(
        department=owner(analysis, taxonomy),
        level=level,
        urgency=urgency,
        due_at=policy.calendar.due_after(now, policy.first_answer_hours[level, urgency]),
        rule_id=rule.id,
        policy_version=policy.version,
        model_version=analysis.model_version,
        raised_by=raised_by,
        is_negative=analysis.sentiment.label in (SentimentLabel.NEGATIVE, SentimentLabel.MIXED),
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
    """Sharpen an open ticket by a further comment: never lower.

    Parameters
    ----------
    standing : Standing
        The open ticket.
    opening : Opening
        The ticket that the further comment alone would deserve.

    Returns
    -------
    Standing
        The higher level, the higher urgency.
    """
    return Standing(
        level=higher(standing.level, opening.level),
        urgency=more_urgent(standing.urgency, opening.urgency),
    )


def more_urgent(one: UrgencyLevel, other: UrgencyLevel) -> UrgencyLevel:
    """Return the higher of two urgencies.

    Parameters
    ----------
    one : UrgencyLevel
        An urgency.
    other : UrgencyLevel
        Another.

    Returns
    -------
    UrgencyLevel
        The higher.
    """
    return max(one, other, key=_URGENCY_ORDER.index)
