"""The rules of config/policy.toml: which comment opens a ticket, how high, and its hours."""

from dataclasses import dataclass, field

from api.policy.calendar import BusinessCalendar
from api.policy.levels import Level
from api.policy.life import Closing, Escalation, Hours
from voc_nlp.schema import Analysis, Comment, IntentLabel, SentimentLabel, UrgencyCode, UrgencyLevel


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a rule; None means that it does not matter."""

    sentiment: frozenset[SentimentLabel] | None = None
    intent: frozenset[IntentLabel] | None = None
    urgency: frozenset[UrgencyLevel] | None = None
    urgency_reasons: frozenset[UrgencyCode] | None = None
    churn_at_risk: bool | None = None
    nps_at_most: int | None = None
    nps_at_least: int | None = None
    csat_at_most: float | None = None
    departments: frozenset[str] | None = None
    themes: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    industries: frozenset[str] | None = None
    touchpoints: frozenset[str] | None = None

    def hold(self, comment: Comment, analysis: Analysis) -> bool:
        """Tell whether all conditions hold.

        Parameters
        ----------
        comment : Comment
            The comment as it was sent.
        analysis : Analysis
            What was said about it.

        Returns
        -------
        bool
            True when no condition fails.
        """
        return (
            _one_of(analysis.sentiment.label, self.sentiment)
            and _one_of(analysis.intent.label, self.intent)
            and _one_of(analysis.urgency.level, self.urgency)
            and _any_of([reason.code for reason in analysis.urgency.reasons], self.urgency_reasons)
            and (self.churn_at_risk is None or analysis.churn.at_risk == self.churn_at_risk)
            and (self.nps_at_most is None or (comment.nps is not None and comment.nps <= self.nps_at_most))
            and (self.nps_at_least is None or (comment.nps is not None and comment.nps >= self.nps_at_least))
            and (
                self.csat_at_most is None or (comment.csat is not None and comment.csat <= self.csat_at_most)
            )
            and _any_of([department.id for department in analysis.departments], self.departments)
            and _any_of([theme.id for theme in analysis.themes], self.themes)
            and _one_of(comment.channel, self.channels)
            and _one_of(comment.industry, self.industries)
            and _one_of(comment.touchpoint, self.touchpoints)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One opening rule."""

    id: str
    level: Level
    when: Conditions
    note: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that config/policy.toml says.

    Parameters
    ----------
    version : str
        The customer's name for this state of the rules; stored with every ticket.
    rules : tuple of Rule
        In order; the first that holds opens the ticket.
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
    """

    version: str
    rules: tuple[Rule, ...]
    first_answer_hours: Hours
    resolution_hours: Hours
    calendar: BusinessCalendar
    escalation: Escalation = field(default_factory=Escalation)
    closing: Closing = field(default_factory=Closing)

    def first_match(self, comment: Comment, analysis: Analysis) -> Rule | None:
        """Find the rule that opens a ticket for a comment.

        Parameters
        ----------
        comment : Comment
            The comment as it was sent.
        analysis : Analysis
            What was said about it.

        Returns
        -------
        Rule | None
            None when no rule holds, or the comment has no content.
        """
        if not analysis.meaningful:
            return None
        return next((rule for rule in self.rules if rule.when.hold(comment, analysis)), None)


def _one_of(value: str | None, allowed: frozenset[str] | frozenset[SentimentLabel] | None) -> bool:
    """Tell whether a value is allowed; everything is when `allowed` is None."""
    return allowed is None or value in allowed


def _any_of(
    values: list[str] | list[UrgencyCode], wanted: frozenset[str] | frozenset[UrgencyCode] | None
) -> bool:
    """Tell whether one of the values is wanted; always when `wanted` is None."""
    return wanted is None or not wanted.isdisjoint(values)
