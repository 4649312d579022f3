"""The clock of a ticket as it stands: its two goals, their deadlines, a pause. Plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.policy.levels import Level
from voc_nlp.schema import UrgencyLevel

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Goal:
    """One of the two things that a ticket owes the customer.

    Parameters
    ----------
    due_at : datetime
        Until when.
    met_at : datetime | None
        When it was done.
    breached_at : datetime | None
        The first due time that was missed; never taken back.
    used : timedelta
        Business time that had been used when the clock was started anew.
    """

    due_at: datetime
    met_at: datetime | None = None
    breached_at: datetime | None = None
    used: timedelta = _NOTHING


@dataclass(frozen=True, slots=True)
class TicketClock:
    """Both goals, and the clock that they share.

    Parameters
    ----------
    level : Level
        Whose hours.
    urgency : UrgencyLevel
        Which of them.
    started_at : datetime
        Where the hours are counted from.
    first_answer : Goal
        The first answer.
    resolution : Goal
        The resolution.
    paused_at : datetime | None
        Since when the ticket waits for the customer.
    paused : timedelta
        Business time of the pauses that ended since `started_at`.
    """

    level: Level
    urgency: UrgencyLevel
    started_at: datetime
    first_answer: Goal
    resolution: Goal
    paused_at: datetime | None = None
    paused: timedelta = _NOTHING

    @property
    def goals(self) -> tuple[Goal, Goal]:
        """First answer and resolution."""
        return self.first_answer, self.resolution

    @property
    def breached_at(self) -> datetime | None:
        """The first due time that was missed, of either."""
        return min((goal.breached_at for goal in self.goals if goal.breached_at), default=None)

    @property
    def due_at(self) -> datetime:
        """The earliest deadline that is not met; the resolution's when both are."""
        return min(
            (goal.due_at for goal in self.goals if goal.met_at is None), default=self.resolution.due_at
        )

    def next_after(self, checked_at: datetime) -> datetime | None:
        """Find when the clock has to be looked at next.

        Parameters
        ----------
        checked_at : datetime
            Deadlines up to then were seen to.

        Returns
        -------
        datetime | None
            The next unmet deadline; None when there is none, or the ticket waits for the customer.
        """
        if self.paused_at is not None:
            return None
        open_goals = [goal.due_at for goal in self.goals if goal.met_at is None and goal.due_at > checked_at]
        return min(open_goals, default=None)

    def missed(self, since: datetime, now: datetime) -> tuple[str, ...]:
        """Name the goals whose deadline passed.

        Parameters
        ----------
        since : datetime
            Deadlines up to then are left out.
        now : datetime
            The present.

        Returns
        -------
        tuple[str, ...]
            Of ``first_answer`` and ``resolution``.
        """
        if self.paused_at is not None:
            return ()
        named = zip(("first_answer", "resolution"), self.goals, strict=True)
        return tuple(name for name, goal in named if goal.met_at is None and since < goal.due_at <= now)
