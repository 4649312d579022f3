"""Whether a ticket is more than its level can handle: the conditions that raise it by one level."""

from api.policy.life import Escalation


def at_opening(departments: int, escalation: Escalation) -> str | None:
    """Judge the comment that opens a ticket.

    Parameters
    ----------
    departments : int
        How many departments it names.
    escalation : Escalation
        The conditions.

    Returns
    -------
    str | None
        Why the ticket opens one level higher.
    """
    least = escalation.departments_at_least
    return "several-departments" if least and departments >= least else None


def at_joining(comments: int, *, first_since_reopening: bool, escalation: Escalation) -> str | None:
    """Judge a further comment.

    Parameters
    ----------
    comments : int
        How many the ticket has with it.
    first_since_reopening : bool
        Whether the ticket was reopened, and this is the first comment since.
    escalation : Escalation
        The conditions.

    Returns
    -------
    str | None
        Why the ticket goes one level up.
    """
    if first_since_reopening and escalation.after_reopening:
        return "wrote-again-after-reopening"
    most = escalation.comments_more_than
    return "many-comments" if most and comments == most + 1 else None


def at_reopening(times: int, escalation: Escalation) -> str | None:
    """Judge a reopening.

    Parameters
    ----------
    times : int
        How often the ticket has been reopened, with this time.
    escalation : Escalation
        The conditions.

    Returns
    -------
    str | None
        Why the ticket comes back one level higher.
    """
    least = escalation.reopened_at_least
    return "reopened-before" if least and times >= least else None
