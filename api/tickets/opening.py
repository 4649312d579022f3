"""Decides which tickets a comment deserves, and what a further comment sharpens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.policy.conditions import Case
from api.policy.levels import Level, higher, next_level
from api.policy.rules import Policy, Rule
from api.policy.taxonomy import TRIAGE, Taxonomy
from api.tickets import complexity, sla
from api.tickets.ticket_clock import TicketClock
from voc_nlp.schema import Analysis, SentimentLabel, UrgencyLevel

_LEVELS = tuple(Level)
_URGENCY_ORDER = tuple(UrgencyLevel)


@dataclass(frozen=True, slots=True)
class Opening:
    """The ticket that a comment deserves, with why: `rule_id` gave the level, `rules` all acted.

    `clock` holds level, urgency and both deadlines. `raised_by` names the condition of complexity
    that put it one level above its rule's.
    """

    department: str
    clock: TicketClock
    rule_id: str
    policy_version: str
    model_version: str
    rules: tuple[str, ...] = ()
    raised_by: str | None = None
    is_negative: bool = False

    @property
    def level(self) -> Level:
        """Of the ticket."""
        return self.clock.level

    @property
    def urgency(self) -> UrgencyLevel:
        """Of the ticket."""
        return self.clock.urgency


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an open ticket a further comment may sharpen."""

    level: Level
    urgency: UrgencyLevel


def decide(case: Case, *, policy: Policy, taxonomy: Taxonomy, now: datetime) -> tuple[Opening, ...]:
    """Decide which tickets a comment deserves.

    Parameters
    ----------
    case : Case
        The comment as it is stored, with what is known about it.
    policy : Policy
        The opening rules, hours and calendar.
    taxonomy : Taxonomy
        The departments that exist.
    now : datetime
        Where the hours run from.

    Returns
    -------
    tuple[Opening, ...]
        One a department, that of the first rule first; empty when no rule holds. Of several rules
        for one department the highest level and the earliest deadlines hold.
    """
    acting: dict[str, list[Rule]] = {}
    for rule in policy.acting(case):
        department = rule.department if rule.department in taxonomy.departments else None
        acting.setdefault(department or owner(case.analysis, taxonomy), []).append(rule)
    return tuple(_opening(case, department, rules, policy, now) for department, rules in acting.items())


def _opening(case: Case, department: str, rules: Sequence[Rule], policy: Policy, now: datetime) -> Opening:
    """Put together what the rules for one department ask for."""
    analysis = case.analysis
    urgency = analysis.urgency.level
    levels = sorted({rule.level for rule in rules}, key=_LEVELS.index)
    highest = levels[-1]
    above = next_level(highest)
    raised_by = complexity.at_opening(len(analysis.departments), policy.escalation) if above else None
    if raised_by and above:
        levels.append(above)
    clock = sla.start(policy, levels[0], urgency, now)
    for level in levels[1:]:
        clock = sla.sharpen(clock, policy, level, urgency, now)
    return Opening(
        department=department,
        clock=clock,
        rule_id=next(rule.id for rule in rules if rule.level is highest),
        policy_version=policy.version,
        model_version=analysis.model_version,
        rules=tuple(rule.id for rule in rules),
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
