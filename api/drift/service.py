"""Keeps a tenant's weeks up to date: profiles the weeks that ended, and judges them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from api.audit import chain
from api.db.engine import Database
from api.db.tables import DriftWeekRow
from api.drift import repository
from api.drift.repository import Material, week_of
from api.webhooks.events import EventType, Subject, tell
from voc_nlp.drift.compare import LEAST_COMMENTS
from voc_nlp.drift.measures import Measure
from voc_nlp.drift.profile import FORMAT, WeekProfile
from voc_nlp.drift.profiling import profile
from voc_nlp.drift.watch import Report, Watched, Week, watch
from voc_nlp.drift.words import name_words
from voc_nlp.schema import to_plain

VIEWS = ("all", "ja", "en")
"""All comments, and those of each language by themselves."""

KEPT_WEEKS = 156
"""Three years of weeks are kept."""

JUDGED_WEEKS = 104
"""So many of them are judged anew when one has changed."""

LATE = timedelta(hours=1)
"""A week is profiled so long after its end; what came so long before the last look is looked at again."""

_LEAST_LEFT = 0.5
_STORED = np.dtype("<f2")
_WEEK = timedelta(days=7)


def renew(database: Database, tenant_id: str, zone: tzinfo, now: datetime) -> int:
    """Profile the weeks of a tenant that ended, or whose comments changed since, and judge all anew.

    A week changes when comments come late, and when its comments are analysed again. One that has lost
    comments since, by retention or erasure, keeps the profile that it has, unless it was analysed again
    and most of it is left.

    Parameters
    ----------
    database : Database
        Where the comments are; no transaction lasts longer than a page of them.
    tenant_id : str
        Whose.
    zone : tzinfo
        Where days are counted.
    now : datetime
        The present.

    Returns
    -------
    int
        How many weeks were profiled.
    """
    with database.reading() as session:
        stored = repository.stored_weeks(session, tenant_id)
        since = max((row.made_at for row in stored), default=None)
        latest = repository.latest_comments(session, tenant_id, since and since - _WEEK - LATE, zone)
        wanted = _wanted(stored, latest, week_of(now - LATE, zone))
        if not wanted:
            return 0
        stored = repository.stored_weeks(session, tenant_id, with_profiles=True)
    seen = {row.week: row for row in stored}
    known = dict(seen)
    made = _profile_weeks(database, tenant_id, wanted, zone)
    for week in wanted:
        known[week] = _renewed(tenant_id, week, known.get(week), made.get(week), wanted[week], now)
    rows = [known[week] for week in sorted(known)]
    told = {week: row.findings for week, row in known.items()}
    reports = _judge(database, tenant_id, rows[-JUDGED_WEEKS:], set(wanted), zone)
    with database.writing() as session:
        chain.hold(session, tenant_id)
        if not _store(session, tenant_id, rows, seen, set(wanted), now):
            return 0
        last = rows[-1].week
        if last in wanted and last in reports:
            _tell(session, tenant_id, reports[last], told[last], now)
    return len(wanted)


def _wanted(
    stored: Sequence[DriftWeekRow], latest: Mapping[date, datetime], this_week: date
) -> dict[date, datetime]:
    """Choose the weeks to profile, with the time of their last comment that is known."""
    known = {row.week: row for row in stored}
    found = {
        week: until
        for week, until in latest.items()
        if week not in known or until > known[week].received_until
    }
    for row in stored:
        if row.rescored_at is not None:
            found.setdefault(row.week, row.received_until)
    oldest = this_week - KEPT_WEEKS * _WEEK
    return {week: until for week, until in found.items() if oldest <= week < this_week}


def _store(
    session: Session,
    tenant_id: str,
    rows: Sequence[DriftWeekRow],
    seen: Mapping[date, DriftWeekRow],
    wanted: Collection[date],
    now: datetime,
) -> bool:
    """Write weeks down; False when another worker was quicker.

    The mark of a re-scoring goes only if no further part was written since it was read. A week without
    a row could not be marked: it is looked at again while a re-scoring goes on.
    """
    there = {row.week: row for row in repository.stored_weeks(session, tenant_id, locked=True)}
    if {week: row.made_at for week, row in there.items()} != {
        week: row.made_at for week, row in seen.items()
    }:
        return False
    is_rescoring = repository.is_rescoring(session, tenant_id, now)
    for row in rows:
        old = there.get(row.week)
        if old is None:
            row.rescored_at = now if is_rescoring else None
            session.add(row)
            continue
        old.findings = row.findings
        if row.week in wanted:
            old.comments, old.model_version, old.profile = row.comments, row.model_version, row.profile
            old.received_until, old.made_at = row.received_until, row.made_at
            if old.rescored_at == seen[row.week].rescored_at:
                old.rescored_at = None
    return True


def _profile_weeks(
    database: Database, tenant_id: str, wanted: Iterable[date], zone: tzinfo
) -> dict[date, WeekProfile]:
    """Read the comments of some weeks once, a run of neighbouring weeks at a time."""
    made: dict[date, WeekProfile] = {}
    for first, last in _runs(sorted(wanted)):
        pages = repository.material(
            database, tenant_id, _midnight(first, zone), _midnight(last + _WEEK, zone)
        )
        for page in pages:
            members: defaultdict[date, list[Material]] = defaultdict(list)
            for one in page:
                members[week_of(one.at, zone)].append(one)
            for week, some in members.items():
                made[week] = made.get(week, WeekProfile()) + _profile(some)
    return made


def _runs(weeks: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for week in weeks:
        if runs and runs[-1][1] + _WEEK == week:
            runs[-1] = (runs[-1][0], week)
        else:
            runs.append((week, week))
    return runs


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _profile(members: Sequence[Material]) -> WeekProfile:
    """Profile comments, those of each encoder apart."""
    by_encoder: defaultdict[str | None, list[Material]] = defaultdict(list)
    for one in members:
        by_encoder[one.encoder].append(one)
    whole = WeekProfile()
    for encoder, group in by_encoder.items():
        vectors = None
        if encoder is not None:
            vectors = np.stack([np.frombuffer(one.vector or b"", dtype=_STORED) for one in group])
        whole += profile(
            [one.analysis for one in group],
            [one.text for one in group],
            vectors,
            encoder=encoder or "",
        )
    return whole


def _renewed(
    tenant_id: str,
    week: date,
    old: DriftWeekRow | None,
    made: WeekProfile | None,
    until: datetime,
    now: datetime,
) -> DriftWeekRow:
    """Write a week down; of few comments only their number, so that no sum speaks of one person."""
    row = DriftWeekRow(tenant_id=tenant_id, week=week, received_until=until, made_at=now)
    made = made or WeekProfile()
    if old is not None and _has_lost(old, made.n):
        row.comments, row.model_version, row.profile = old.comments, old.model_version, old.profile
    else:
        kept = made.without_rare() if made.n >= LEAST_COMMENTS else WeekProfile()
        row.comments, row.model_version, row.profile = made.n, made.version, kept.to_dict()
    row.findings = {} if old is None else old.findings
    return row


def _has_lost(old: DriftWeekRow, left: int) -> bool:
    """Say whether too many comments are gone for a profile of those that are left."""
    if old.rescored_at is not None:
        return left < _LEAST_LEFT * old.comments
    return left < old.comments


def _judge(
    database: Database, tenant_id: str, rows: Sequence[DriftWeekRow], changed: set[date], zone: tzinfo
) -> dict[date, Report]:
    """Judge weeks, write down what was found, and name the words that moved in the changed ones."""
    usable = [row for row in rows if row.profile.get("format") == FORMAT]
    profiles = [WeekProfile.from_dict(row.profile) for row in usable]
    judged = {
        view: watch(
            [
                Week(row.week, one if view == "all" else one.of_language(view))
                for row, one in zip(usable, profiles, strict=True)
            ]
        )
        for view in VIEWS
    }
    for place, row in enumerate(usable):
        reports = {view: judged[view][place] for view in VIEWS}
        named: Mapping[int, tuple[str, ...]] = {}
        if row.week in changed:
            named = _name(database, tenant_id, reports.values(), row.week, zone)
        found = {view: _plain(report, view, named) for view, report in reports.items()}
        row.findings = _keep_words(found, row.findings)
    return {report.start: report for report in judged["all"]}


def _name(
    database: Database, tenant_id: str, reports: Iterable[Report], week: date, zone: tzinfo
) -> dict[int, tuple[str, ...]]:
    buckets = {
        int(move.name)
        for report in reports
        for one in report.alarms
        if one.finding.measure is Measure.VOCABULARY
        for move in one.finding.moved
    }
    if not buckets:
        return {}
    pages = repository.material(database, tenant_id, _midnight(week, zone), _midnight(week + _WEEK, zone))
    return name_words(((one.writer, one.text) for page in pages for one in page), buckets)


def _plain(report: Report, view: str, named: Mapping[int, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Lay findings out as JSON; the language of one language never drifts and is left out."""
    return [
        _finding(one, named)
        for one in report.watched
        if view == "all" or one.finding.measure is not Measure.LANGUAGE
    ]


def _finding(one: Watched, named: Mapping[int, tuple[str, ...]]) -> dict[str, Any]:
    found = to_plain(one.finding)
    assert isinstance(found, dict)
    found["p"] = one.finding.p  # four digits would make most of them zero
    found |= {"pace": one.pace.value, "since": one.since and one.since.isoformat()}
    if one.finding.measure is Measure.VOCABULARY:
        for move in found["moved"]:
            move["words"] = list(named.get(int(move["name"]), ()))
    return found


def _keep_words(found: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Carry words over that were named when the week was profiled."""
    words = {
        move["name"]: move["words"]
        for findings in old.values()
        for one in findings
        for move in one["moved"]
        if move.get("words")
    }
    for findings in found.values():
        for one in findings:
            for move in one["moved"]:
                if "words" in move and not move["words"]:
                    move["words"] = words.get(move["name"], [])
    return found


def _tell(session: Session, tenant_id: str, report: Report, old: Mapping[str, Any], now: datetime) -> None:
    """Tell of alarms that are new this week, once."""
    told = {(one["measure"], one["pace"]) for one in old.get("all", ()) if one["status"] == "alarm"}
    fresh = [one for one in report.new_alarms if (one.finding.measure.value, one.pace.value) not in told]
    if not fresh:
        return
    payload = {
        "drift": {
            "week": report.start.isoformat(),
            "comments": report.n,
            "model_version": report.version,
            "alarms": [
                {
                    "measure": one.finding.measure.value,
                    "pace": one.pace.value,
                    "statistic": round(one.finding.statistic or 0.0, 4),
                    "threshold": round(one.finding.threshold or 0.0, 4),
                }
                for one in fresh
            ],
        }
    }
    subject = Subject("drift", report.start.isoformat())
    tell(session, EventType.DRIFT_DETECTED, subject, tenant_id=tenant_id, payload=payload, now=now)


def forget_old(database: Database, zone: tzinfo, now: datetime) -> int:
    """Delete the weeks that are older than they are kept.

    Parameters
    ----------
    database : Database
        Where they are.
    zone : tzinfo
        Where days are counted.
    now : datetime
        The present.

    Returns
    -------
    int
        How many went.
    """
    with database.writing() as session:
        return repository.forget_before(session, week_of(now, zone) - KEPT_WEEKS * _WEEK)
