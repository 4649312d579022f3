"""Times that callers send, read in the tenant's calendar."""

from datetime import UTC, datetime, tzinfo

from api.errors import Bilingual, Fault, InvalidRequestError


def aware(at: datetime, zone: tzinfo, pointer: str) -> datetime:
    """Give a time its zone; the ends of the calendar, which would overflow, are refused.

    Parameters
    ----------
    at : datetime
        What was sent.
    zone : tzinfo
        Of the calendar; for a time that has none of its own.
    pointer : str
        Where it stood.

    Returns
    -------
    datetime
        In UTC.

    Raises
    ------
    InvalidRequestError
        If the year is not from 1900 to 2200.
    """
    if not 1900 <= at.year <= 2200:
        detail = Bilingual("expected a year from 1900 to 2200", "1900〜2200 年で指定してください")
        raise InvalidRequestError([Fault(pointer, detail)])
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
