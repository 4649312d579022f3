"""Decides what a comment does: open tickets, join the customer's open one, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.policy.conditions import Case
from api.policy.levels import Level, higher
from api.policy.rules import Policy, Rule
from api.policy.taxonomy import TRIAGE, Taxonomy
from voc_nlp.schema import Analysis, UrgencyLevel

_URGENCY_ORDER = tuple(UrgencyLevel)


@dataclass(frozen=True, slots=True)
class Opening:
    """The ticket that a comment deserves, with why: `rule_id` gave the level, `rules` all acted."""

    department: str
    level: Level
    urgency: UrgencyLevel
    due_at: datetime
    rule_id: str
    policy_version: str
    model_version: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an open ticket a further comment may sharpen."""

    level: Level
    urgency: UrgencyLevel
    due_at: datetime


def decide(case: Case, *, policy: Policy, taxonomy: Taxonomy, now: datetime) -> tuple[Opening, ...]:
    """Decide which tickets a comment deserves.

    Parameters
    ----------
    case : Case
        The comment with its analysis.
    policy : Policy
        The opening rules, hours and calendar.
    taxonomy : Taxonomy
        The departments that exist.
    now : datetime
        When the hours begin to run.

    Returns
    -------
    tuple[Opening, ...]
        One a department, that of the first rule first; empty when no rule holds. Of several rules
        for one department the highest level and the earliest due time hold.
    """
    acting: dict[str, list[Rule]] = {}
    for rule in policy.acting(case):
        department = rule.department if rule.department in taxonomy.departments else None
        acting.setdefault(department or owner(case.analysis, taxonomy), []).append(rule)
    return tuple(_opening(case, department, rules, policy, now) for department, rules in acting.items())


def _opening(case: Case, department: str, rules: Sequence[Rule], policy: Policy, now: datetime) -> Opening:
    """Put together what the rules for one department ask for."""
    urgency = case.analysis.urgency.level
    level = rules[0].level
    for rule in rules[1:]:
        level = higher(level, rule.level)
    hours = min(policy.sla_hours[rule.level, urgency] for rule in rules)
    return Opening(
        department=department,
        level=level,
        urgency=urgency,
        due_at=policy.calendar.due_after(now, hours),
        rule_id=next(rule.id for rule in rules if rule.level is level),
        policy_version=policy.version,
        model_version=case.analysis.model_version,
        rules=tuple(rule.id for rule in rules),
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
