"""All sinks by name, as one table, and which verb an event is."""

from collections.abc import Mapping
from typing import Final

from api.sinks.protocol import Call, Connection, TicketNews, TicketSink
from api.sinks.slack import SlackSink
from api.sinks.store import StoreSink

PREFIX = "sink:"
"""The kind of an endpoint is this and the sink's name."""
DEFAULT = "store"
SINKS: Final[Mapping[str, TicketSink]] = {DEFAULT: StoreSink(), "slack": SlackSink()}
"""A new adapter is one file and one entry here."""
KINDS: Final = tuple(f"{PREFIX}{name}" for name in sorted(SINKS) if name != DEFAULT)
"""Kinds that an endpoint may have; the default sink needs none."""
_CLOSING = frozenset({"ticket.resolved", "ticket.closed"})


def sink_of(kind: str) -> TicketSink:
    """Find the sink of an endpoint.

    Parameters
    ----------
    kind : str
        Kind of the endpoint, one of `KINDS`.

    Returns
    -------
    TicketSink
        The adapter; the default sink for a kind that is not known any more.
    """
    return SINKS.get(kind.removeprefix(PREFIX), SINKS[DEFAULT])


def word(sink: TicketSink, connection: Connection, news: TicketNews) -> Call | None:
    """Let a sink word an event by the verb that fits.

    Parameters
    ----------
    sink : TicketSink
        The adapter.
    connection : Connection
        The endpoint.
    news : TicketNews
        What happened.

    Returns
    -------
    Call | None
        What is to be sent; None when there is nothing to tell.
    """
    if news.event_type == "ticket.opened":
        return sink.open(connection, news)
    if news.event_type == "ticket.joined":
        return sink.comment(connection, news)
    if news.event_type in _CLOSING:
        return sink.close(connection, news)
    return sink.update(connection, news)
