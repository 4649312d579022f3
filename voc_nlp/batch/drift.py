"""The weeks of a file that was analysed, as drift compares them: one pass, nothing kept but sums."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from voc_nlp.drift.profile import WeekProfile
from voc_nlp.drift.profiling import profile
from voc_nlp.drift.watch import Week
from voc_nlp.embedding import Embedder
from voc_nlp.errors import InputError
from voc_nlp.records.record import Record
from voc_nlp.schema import Comment
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.statistics.observation import read_day

_CHUNK = 256
"""Comments of a week that are profiled together."""


@dataclass(frozen=True, slots=True)
class FileWeeks:
    """Weeks of a file.

    Parameters
    ----------
    weeks : tuple[Week, ...]
        In order of time, from Monday.
    undated : int
        Records without a readable `created_at`, which are in no week.
    """

    weeks: tuple[Week, ...]
    undated: int


def profile_weeks(records: Iterable[Record], embedder: Embedder) -> FileWeeks:
    """Profile the weeks of a file that ``voc analyze`` wrote as JSON lines.

    Parameters
    ----------
    records : Iterable[Record]
        Its lines.
    embedder : Embedder
        Gives the vectors.

    Returns
    -------
    FileWeeks
        The weeks; the day is that of `created_at` as written.

    Raises
    ------
    InputError
        If a line holds no analysis.
    """
    made: dict[date, WeekProfile] = {}
    waiting: defaultdict[date, list[tuple[Mapping[str, Any], str]]] = defaultdict(list)
    undated = 0
    for record in records:
        columns = record.columns
        if not isinstance(columns.get("sentiment"), Mapping) and "error" not in columns:
            raise InputError(
                f"line {record.line} holds no analysis; expected JSON lines that `voc analyze` wrote. "
                "Analyse the file first."
            )
        day = read_day(columns.get("created_at"), None)
        if day is None:
            undated += 1
            continue
        week = day - timedelta(days=day.weekday())
        text = record.item.text if isinstance(record.item, Comment) else str(columns.get("text") or "")
        waiting[week].append((columns, text))
        if len(waiting[week]) == _CHUNK:
            made[week] = made.get(week, WeekProfile()) + _profile(waiting.pop(week), embedder)
    for week, members in waiting.items():
        made[week] = made.get(week, WeekProfile()) + _profile(members, embedder)
    return FileWeeks(tuple(Week(week, made[week]) for week in sorted(made)), undated)


def _profile(members: list[tuple[Mapping[str, Any], str]], embedder: Embedder) -> WeekProfile:
    texts = [text for _, text in members]
    vectors = embedder.embed([normalize(text).text for text in texts])
    return profile([body for body, _ in members], texts, vectors, encoder="file")
