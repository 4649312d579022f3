"""The opening rules of a policy: which comment opens a ticket, how high, and its hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from api.policy.calendar import BusinessCalendar
from api.policy.conditions import Case, Conditions
from api.policy.levels import Level
from api.policy.life import Closing, Escalation, Hours


class Match(StrEnum):
    """How many rules act on a comment."""

    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """One opening rule.

    Parameters
    ----------
    id : str
        Its name; stored with every ticket that it opens.
    level : Level
        Of the ticket; not looked at when the rule opens none.
    when : Conditions
        What must hold.
    note : str
        For people.
    department : str | None
        Who gets the ticket; None leaves it to the analysis.
    opens : bool
        False: no ticket by this rule or by one below it.
    stop : bool
        With `Match.ALL`: the rules below do not act.
    first_day, last_day : date or None
        When it is in force, by the calendar's clock, both days included.
    """

    id: str
    level: Level
    when: Conditions
    note: str = ""
    department: str | None = None
    opens: bool = True
    stop: bool = False
    first_day: date | None = None
    last_day: date | None = None

    def holds(self, case: Case) -> bool:
        """Tell whether the rule is in force and its conditions hold.

        Parameters
        ----------
        case : Case
            The comment.

        Returns
        -------
        bool
            True when it acts.
        """
        day = case.at.date()
        in_force = (self.first_day is None or day >= self.first_day) and (
            self.last_day is None or day <= self.last_day
        )
        return in_force and self.when.hold(case)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, and how many of them act; `content` is the same as JSON."""

    match: Match
    rules: tuple[Rule, ...]
    content: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that config/policy.toml says, and the rules that a tenant stored in place of the file's.

    Parameters
    ----------
    version : str
        The customer's name for this state of the rules, or ``v3`` for a stored one; stored with every ticket.
    ruleset : RuleSet
        Which comment opens a ticket.
    first_answer_hours : Hours
        Business hours to the first answer.
    resolution_hours : Hours
        Business hours to the resolution.
    calendar : BusinessCalendar
        What the hours are counted in.
    escalation : Escalation
        When a ticket is raised for its complexity.
    closing : Closing
        When a resolved ticket closes.
    idle_after_hours : float or None
        Business hours after which an untouched ticket is taken from its owner; None never takes it.
    """

    version: str
    ruleset: RuleSet
    first_answer_hours: Hours
    resolution_hours: Hours
    calendar: BusinessCalendar
    escalation: Escalation = field(default_factory=Escalation)
    closing: Closing = field(default_factory=Closing)
    idle_after_hours: float | None = None

    def with_rules(self, version: str, ruleset: RuleSet) -> "Policy":
        """Put other rules in the place of these.

        Parameters
        ----------
        version : str
            Their name.
        ruleset : RuleSet
            The rules.

        Returns
        -------
        Policy
            With the same hours, calendar, escalation and closing.
        """
        return replace(self, version=version, ruleset=ruleset)

    def acting(self, case: Case) -> list[Rule]:
        """Find the rules that open tickets for a comment.

        Parameters
        ----------
        case : Case
            The comment.

        Returns
        -------
        list[Rule]
            In order; none when no rule holds, an exclusion stands first, or the comment has no content.
        """
        found: list[Rule] = []
        if not case.analysis.meaningful:
            return found
        for rule in self.ruleset.rules:
            if not rule.holds(case):
                continue
            if not rule.opens:
                break
            found.append(rule)
            if rule.stop or self.ruleset.match is Match.FIRST:
                break
        return found
