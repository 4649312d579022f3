"""Local days by the database: the same as Python's, also around the changes of summer time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.corrections.days import local_day, offsets_between
from api.db.tables import CorrectionRow
from tests.api.corrections.correction_calls import correct, stored
from tests.api.corrections.test_corrections import database_of

NEW_YORK = ZoneInfo("America/New_York")


def test_a_zone_is_cut_where_its_offset_changes() -> None:
    first, last = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    *cuts, (end, offset) = offsets_between(first, last, NEW_YORK)
    assert cuts == [
        (datetime(2026, 3, 8, 7, tzinfo=UTC), timedelta(hours=-5)),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), timedelta(hours=-4)),
    ]
    assert (end > last, offset) == (True, timedelta(hours=-5))
    [(end, offset)] = offsets_between(first, first, ZoneInfo("Asia/Tokyo"))
    assert (end > first, offset) == (True, timedelta(hours=9))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Asia/Kolkata", "UTC"])
def test_days_are_those_of_python(client: TestClient, zone: str) -> None:
    times = [
        datetime(2026, month, day, hour, 31, 59, 999_999, tzinfo=UTC)
        for month, day in ((1, 1), (3, 8), (3, 9), (11, 1), (12, 31))
        for hour in (0, 3, 4, 5, 6, 7, 14, 15, 18, 23)
    ]
    database = database_of(client)
    made = correct(client, stored(client, "1", "配送が遅い"), "churn", True)
    with database.writing() as session:
        row = session.get_one(CorrectionRow, made["id"])
        values = {column.key: getattr(row, column.key) for column in CorrectionRow.__table__.columns}
        row.created_at = times[0]
        for number, at in enumerate(times[1:]):
            more = {"id": f"cor_{number}", "annotator": str(number), "created_at": at}
            session.add(CorrectionRow(**{**values, **more}))
    local = ZoneInfo(zone)
    with database.reading() as session:
        day = local_day(CorrectionRow.created_at, times[0], times[-1], zone=local, sqlite=database.is_sqlite)
        found = session.execute(select(CorrectionRow.created_at, day)).all()
    assert len(found) == len(times)
    assert all(text == at.astimezone(local).date().isoformat() for at, text in found)
