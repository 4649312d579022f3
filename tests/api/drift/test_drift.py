"""Drift over stored comments: ended, late and small weeks, alarms, metrics; on both databases."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import undefer

from api.db.engine import Database
from api.db.tables import DriftWeekRow, EventRow
from api.drift import repository, service
from api.drift.examples import DRIFT
from api.drift.schemas import DriftReport
from api.worker.drift import DriftLane
from api.worker.lanes import Pass
from tests.api.conftest import MovedClock
from tests.api.privacy.test_erasure import erase
from tests.api.rescoring.rescore_calls import lane, order

ZONE = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2025, 11, 3, 9, tzinfo=ZONE)
COMMON = ("配送が遅い", "店員さん最高", "The parcel is late", "great staff")


def database_of(client: TestClient) -> Database:
    app = client.app
    assert isinstance(app, FastAPI)
    database: Database = app.state.database
    return database


def post_week(client: TestClient, week: int, texts: list[str], source: str = "s") -> None:
    at = (MONDAY + timedelta(weeks=week)).isoformat()
    sent = [
        {
            "source": source,
            "external_id": f"{week}-{number}",
            "text": text,
            "created_at": at,
            "customer_id": f"c-{number}",
        }
        for number, text in enumerate(texts)
    ]
    for start in range(0, len(sent), 100):
        response = client.post("/v1/comments/batch", json={"comments": sent[start : start + 100]})
        assert response.status_code == 200, response.text


def read(client: TestClient, **query: Any) -> dict[str, Any]:
    response = client.get("/v1/metrics/drift", params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """Return a client with nine ended weeks; in the last a new product is written about."""
    for week in range(9):
        texts = [COMMON[number % 4] for number in range(60 + week % 3 * 4)]
        if week == 8:
            texts[:20] = ["ソラミストの配送が遅い"] * 20
        post_week(client, week, texts)
    return client


def test_ended_weeks_are_profiled_and_judged(filled: TestClient, clock: MovedClock) -> None:
    lane = DriftLane(database_of(filled), ZONE, clock)
    assert lane.run_once() == Pass(9)
    assert lane.run_once() == Pass(0)
    body = read(filled)
    assert [week["comments"] for week in body["weeks"]] == [60, 64, 68] * 3
    assert [bool(week["alarms"]) for week in body["weeks"]] == [False] * 8 + [True]
    assert "vocabulary" in body["weeks"][-1]["alarms"]
    series = {(one["measure"], one["pace"]): one["points"] for one in body["series"]}
    assert [one["status"] for one in series["intent", "sudden"][:8]] == ["too_few_weeks"] * 8
    [alarm] = [one for one in series["vocabulary", "sudden"] if one["status"] == "alarm"]
    assert alarm["since"] == "2025-12-29"
    assert ["ソラミスト"] in [move["words"] for move in alarm["moved"]]
    assert alarm["statistic"] > alarm["threshold"]


def test_the_table_holds_no_text_and_the_event_tells_of_the_alarm_once(
    filled: TestClient, clock: MovedClock
) -> None:
    DriftLane(database_of(filled), ZONE, clock).run_once()
    clock.forward(hours=2)
    post_week(filled, 8, ["店員さん最高"] * 3, source="late")
    assert DriftLane(database_of(filled), ZONE, clock).run_once() == Pass(1)
    with database_of(filled).reading() as session:
        row = session.scalars(
            select(DriftWeekRow).order_by(DriftWeekRow.week.desc()).options(undefer(DriftWeekRow.profile))
        ).first()
        assert row is not None
        assert "配送" not in str(row.profile)
        [event] = session.scalars(select(EventRow).where(EventRow.type == "drift.detected"))
    assert event.payload["drift"]["week"] == "2025-12-29"
    assert "vocabulary" in [one["measure"] for one in event.payload["drift"]["alarms"]]


def test_a_week_is_made_anew_when_comments_come_late(filled: TestClient, clock: MovedClock) -> None:
    lane = DriftLane(database_of(filled), ZONE, clock)
    lane.run_once()
    clock.forward(minutes=1)
    post_week(filled, 4, ["great staff"] * 5, source="late")
    assert lane.run_once() == Pass(0)  # looked at within the hour
    clock.forward(hours=1)
    post_week(filled, 5, ["great staff"], source="late")
    assert lane.run_once() == Pass(2)
    assert [week["comments"] for week in read(filled)["weeks"]][4:6] == [64 + 5, 68 + 1]
    clock.forward(hours=1)
    assert lane.run_once() == Pass(0)


def test_the_running_week_waits_for_its_end(client: TestClient, clock: MovedClock) -> None:
    lane = DriftLane(database_of(client), ZONE, clock)
    post_week(client, 9, ["great staff"] * 60)  # the week of the clock
    assert lane.run_once() == Pass(0)
    clock.forward(days=2, hours=15)  # Monday 01:00 in Tokyo
    assert lane.run_once() == Pass(1)
    assert read(client)["weeks"][0]["start"] == "2026-01-05"


def test_of_few_comments_only_their_number_is_stored(client: TestClient, clock: MovedClock) -> None:
    post_week(client, 0, ["great staff"] * 3)
    DriftLane(database_of(client), ZONE, clock).run_once()
    with database_of(client).reading() as session:
        row = session.scalars(select(DriftWeekRow).options(undefer(DriftWeekRow.profile))).one()
    assert (row.comments, row.profile["slices"]) == (3, [])


def test_one_language_and_fewer_weeks(filled: TestClient, clock: MovedClock) -> None:
    DriftLane(database_of(filled), ZONE, clock).run_once()
    body = read(filled, language="ja", weeks=2)
    assert (body["language"], len(body["weeks"])) == ("ja", 2)
    assert "language" not in {one["measure"] for one in body["series"]}
    assert filled.get("/v1/metrics/drift?language=fr").status_code == 422


def test_nothing_is_known_before_the_worker_looked(client: TestClient) -> None:
    assert read(client) == {"language": None, "weeks": [], "series": []}


def test_prometheus_sums_tenants_up(filled: TestClient, clock: MovedClock) -> None:
    DriftLane(database_of(filled), ZONE, clock).run_once()
    text = filled.get("/metrics").text
    assert 'voc_drift_alarm{measure="vocabulary"} 1.0' in text
    assert 'voc_drift_alarm{measure="language"} 0.0' in text


def test_prometheus_reads_the_weeks_every_five_minutes(filled: TestClient, clock: MovedClock) -> None:
    assert 'voc_drift_alarm{measure="vocabulary"} 0.0' in filled.get("/metrics").text
    DriftLane(database_of(filled), ZONE, clock).run_once()
    clock.forward(minutes=4)
    assert 'voc_drift_alarm{measure="vocabulary"} 0.0' in filled.get("/metrics").text
    clock.forward(minutes=1)
    assert 'voc_drift_alarm{measure="vocabulary"} 1.0' in filled.get("/metrics").text


def test_other_tenants_and_keys_without_read_see_nothing(
    filled: TestClient, clock: MovedClock, make_key: Any
) -> None:
    DriftLane(database_of(filled), ZONE, clock).run_once()
    other = {"Authorization": f"Bearer {make_key(filled, tenant='other')}"}
    assert filled.get("/v1/metrics/drift", headers=other).json()["weeks"] == []
    scorer = {"Authorization": f"Bearer {make_key(filled, scopes='score')}"}
    assert filled.get("/v1/metrics/drift", headers=scorer).status_code == 403


def test_the_example_is_one() -> None:
    assert DriftReport.model_validate(DRIFT).model_dump(mode="json") == DRIFT


def test_weeks_that_were_scored_again_are_profiled_anew(filled: TestClient, clock: MovedClock) -> None:
    drift = DriftLane(database_of(filled), ZONE, clock)
    drift.run_once()
    order(filled, filter={"model_version": "any", "from": "2025-11-10", "to": "2025-11-23"})
    lane(filled, clock).run_once()
    clock.forward(hours=1)
    assert drift.run_once() == Pass(2)
    versions = [week["model_version"] for week in read(filled)["weeks"]]
    assert versions == ["words-1", "words-2", "words-2", *["words-1"] * 6]
    clock.forward(hours=1)
    assert drift.run_once() == Pass(0)


def test_a_dry_run_asks_for_no_new_profile(filled: TestClient, clock: MovedClock) -> None:
    drift = DriftLane(database_of(filled), ZONE, clock)
    drift.run_once()
    order(filled, dry_run=True)
    lane(filled, clock).run_once()
    clock.forward(hours=1)
    assert drift.run_once() == Pass(0)


def test_a_part_that_is_written_while_weeks_are_profiled_is_not_missed(
    filled: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drift = DriftLane(database_of(filled), ZONE, clock)
    drift.run_once()
    profile_weeks = service._profile_weeks

    def meanwhile(*arguments: Any) -> Any:
        found = profile_weeks(*arguments)
        clock.forward(minutes=1)
        lane(filled, clock).run_once()
        return found

    clock.forward(minutes=1)
    for week in (2, 3):
        post_week(filled, week, ["great staff"], source="late")
    order(filled, filter={"model_version": "any", "from": "2025-11-17", "to": "2025-11-23"})
    monkeypatch.setattr(service, "_profile_weeks", meanwhile)
    clock.forward(hours=1)
    assert drift.run_once() == Pass(2)
    monkeypatch.undo()
    assert read(filled)["weeks"][2]["model_version"] == "words-1"
    clock.forward(hours=1)
    assert drift.run_once() == Pass(1)
    assert read(filled)["weeks"][2]["model_version"] == "words-2"


def test_weeks_that_are_profiled_first_while_they_are_scored_again_are_looked_at_once_more(
    filled: TestClient, clock: MovedClock
) -> None:
    drift = DriftLane(database_of(filled), ZONE, clock)
    order(filled)
    assert drift.run_once() == Pass(9)
    lane(filled, clock).run_once()
    clock.forward(hours=1)
    assert drift.run_once() == Pass(9)
    assert {week["model_version"] for week in read(filled)["weeks"]} == {"words-2"}
    clock.forward(hours=1)
    assert drift.run_once() == Pass(0)


def test_a_week_that_lost_comments_takes_the_new_scoring_of_the_others(
    filled: TestClient, clock: MovedClock
) -> None:
    drift = DriftLane(database_of(filled), ZONE, clock)
    drift.run_once()
    erase(filled, "c-0")
    order(filled)
    lane(filled, clock).run_once()
    clock.forward(hours=1)
    assert drift.run_once() == Pass(9)
    weeks = read(filled)["weeks"]
    assert [week["comments"] for week in weeks] == [59, 63, 67] * 3
    assert {week["model_version"] for week in weeks} == {"words-2"}


def test_weeks_too_old_to_be_judged_are_kept(
    client: TestClient, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "JUDGED_WEEKS", 2)
    monkeypatch.setattr(repository, "_PAGE", 7)
    for week in range(4):
        post_week(client, week, ["great staff"] * 5)
    assert DriftLane(database_of(client), ZONE, clock).run_once() == Pass(4)
    assert [week["comments"] for week in read(client)["weeks"]] == [5, 5, 5, 5]
