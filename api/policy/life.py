"""What config/policy.toml says of a ticket's life: hours of both deadlines, raising, closing, reopening."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.policy.levels import Level
from voc_nlp.schema import UrgencyLevel

Hours = Mapping[tuple[Level, UrgencyLevel], float]
"""Business hours by level and urgency, complete."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """When a ticket is raised for its complexity, and who is told at the top; 0 switches a condition off.

    Parameters
    ----------
    executives : tuple of str
        Who is concerned when a ticket reaches the executive level.
    departments_at_least : int
        A comment that names so many departments opens one level higher.
    comments_more_than : int
        The comment that makes a ticket hold more than so many raises it.
    after_reopening : bool
        Whether the first further comment after a reopening raises the ticket.
    reopened_at_least : int
        A ticket that is reopened for this time or a later one comes back one level higher.
    """

    executives: tuple[str, ...] = ()
    departments_at_least: int = 3
    comments_more_than: int = 4
    after_reopening: bool = True
    reopened_at_least: int = 2


@dataclass(frozen=True, slots=True)
class Closing:
    """When a resolved ticket closes by itself, and how long a further comment still reopens it.

    Parameters
    ----------
    after_business_days : int
        A resolved ticket closes at the end of this working day after its resolution.
    reopen_within_days : int
        A negative comment of the same cause within so many days after the resolution reopens
        the ticket; 0 opens a new one always.
    """

    after_business_days: int = 5
    reopen_within_days: int = 14
