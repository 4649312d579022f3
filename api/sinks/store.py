"""The default sink: our own store, in which the ticket stands since the transaction of the event."""

from api.sinks.protocol import Call, Connection, TicketNews


class StoreSink:
    """Has nothing to send: the ticket and its event are one transaction in our own tables."""

    def open(self, connection: Connection, news: TicketNews) -> Call | None:
        """Say nothing: the ticket was stored before its event could be read."""
        return None

    def update(self, connection: Connection, news: TicketNews) -> Call | None:
        """Say nothing: as `open`."""
        return None

    def close(self, connection: Connection, news: TicketNews) -> Call | None:
        """Say nothing: as `open`."""
        return None

    def comment(self, connection: Connection, news: TicketNews) -> Call | None:
        """Say nothing: as `open`."""
        return None

    def read_reference(self, answer: bytes) -> str | None:
        """Give no name: the ticket has ours."""
        return None
