"""What a ticket sink is: four verbs, each of which words one HTTP call and makes none itself.

The delivery lane sends the calls, with its leases, order, repetitions and guard against
inner addresses; so an adapter is plain code from values to values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to be made; `url` was checked when the endpoint was stored."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Connection:
    """What an adapter knows of its endpoint: where, in which language, and the endpoint's secret."""

    url: str
    language: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TicketNews:
    """A ticket after a change; never a customer's words.

    Parameters
    ----------
    event_id : str
        Constant over all attempts: an adapter hands it on where the other system knows idempotency.
    event_type : str
        What happened, for instance ``ticket.escalated``.
    occurred_at : datetime
        When.
    sequence : int
        Counts the events of this ticket from 1.
    ticket_id : str
        Our id.
    facts : Mapping[str, Any]
        State, level, owner and times, as `api.tickets.changes.snapshot` tells them.
    reason : Mapping[str, Any]
        Why: rule, versions, the id of the comment.
    reference : str | None
        What the other system calls the ticket; None until its answer told.
    """

    event_id: str
    event_type: str
    occurred_at: datetime
    sequence: int
    ticket_id: str
    facts: Mapping[str, Any]
    reason: Mapping[str, Any]
    reference: str | None = None


class TicketSink(Protocol):
    """One system that keeps tickets beside us; None of a verb means that there is nothing to tell."""

    def open(self, connection: Connection, news: TicketNews) -> Call | None:
        """Word the opening of a ticket.

        Parameters
        ----------
        connection : Connection
            The endpoint.
        news : TicketNews
            The new ticket.

        Returns
        -------
        Call | None
            What is to be sent.
        """

    def update(self, connection: Connection, news: TicketNews) -> Call | None:
        """Word a change of a ticket.

        Parameters
        ----------
        connection : Connection
            The endpoint.
        news : TicketNews
            The ticket; without `reference` when its opening never arrived.

        Returns
        -------
        Call | None
            What is to be sent.
        """

    def close(self, connection: Connection, news: TicketNews) -> Call | None:
        """Word the end of a ticket.

        Parameters
        ----------
        connection : Connection
            The endpoint.
        news : TicketNews
            The resolved or closed ticket.

        Returns
        -------
        Call | None
            What is to be sent.
        """

    def comment(self, connection: Connection, news: TicketNews) -> Call | None:
        """Word that a further comment joined a ticket.

        Parameters
        ----------
        connection : Connection
            The endpoint.
        news : TicketNews
            The ticket; the comment's id is in `reason`.

        Returns
        -------
        Call | None
            What is to be sent.
        """

    def read_reference(self, answer: bytes) -> str | None:
        """Find in the answer to an opening what the other system calls the ticket.

        Parameters
        ----------
        answer : bytes
            The beginning of the answer, at most 64 KiB.

        Returns
        -------
        str | None
            Stored, and handed to the later verbs; None when the system gives no name.
        """
