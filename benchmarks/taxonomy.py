"""How long a change of the taxonomy takes over many stored comments, on SQLite or PostgreSQL.

    python -m benchmarks.taxonomy [--comments 100000] [--database postgresql://...]

Fills a database with comments of the bundled journal, repeated with small changes, embedded by
the shipped encoder, and times every kind of change, each as a dry run and in earnest.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from api.analysis.registry import read_models
from api.db.engine import Database
from api.db.ids import new_id
from api.db.tables import AnalysisRow, CommentRow, CommentVectorRow
from api.db.upgrade import upgrade
from api.keys.service import Caller, Scope
from api.policy.reading import load_policy
from api.themes import listing, models, statistics, taxonomy
from api.themes.dictionary import using
from api.themes.intake import Newcomer, find
from api.themes.repository import put_themes
from api.themes.schemas import MergeIn, ThemeChange, ThemeIn
from api.themes.shelf import ThemeShelf
from voc_nlp import load_analyzer
from voc_nlp.schema import Analysis, Comment
from voc_nlp.text.dictionary import Dictionary

ROOT = Path(__file__).resolve().parent.parent
TENANT = "benchmark"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
ZONE = load_policy(ROOT / "config" / "policy.toml").calendar.zone


def fill(database: Database, shelf: ThemeShelf, count: int) -> None:
    """Store comments, their analyses, vectors and themes; vectors of copies are shaken a little."""
    lines = (ROOT / "samples" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    comments = [Comment(record["id"], record["text"], record["lang"]) for record in records]
    analyses = load_analyzer(tier="fast").analyze(comments)
    bodies = [one.to_dict() for one in analyses if isinstance(one, Analysis)]
    assert len(bodies) == len(records)
    model = shelf.shipped
    unit = shelf.unpack(shelf.embed([record["text"] for record in records], model.dictionary))
    rng = np.random.default_rng(0)
    with database.writing() as session:
        model = models.lock_current(session, TENANT, shelf, shared=False, now=NOW)
    for start in range(0, count, 5_000):
        picks = rng.integers(len(records), size=min(5_000, count - start))
        shaken = unit[picks] + rng.normal(0, 0.02, (len(picks), unit.shape[1])).astype(np.float32)
        shaken /= np.linalg.norm(shaken, axis=1, keepdims=True)
        rows: list[dict[str, Any]] = []
        stored: list[dict[str, Any]] = []
        newcomers: list[Newcomer] = []
        vectors: dict[str, bytes] = {}
        for number, pick in enumerate(picks.tolist()):
            record, comment_id = records[pick], new_id("cmt")
            row = {
                "id": comment_id,
                "tenant_id": TENANT,
                "source": "benchmark",
                "external_id": str(start + number),
                "masked_text": record["text"],
                "masked_ranges": [],
                "lang": record["lang"],
                "channel": record["channel"],
                "touchpoint": record["touchpoint"],
                "customer_id": record["customer_id"],
                "written_at": datetime.fromisoformat(record["created_at"]) + timedelta(hours=number % 48),
                "nps": record["nps"],
                "extra": {"region": record["region"]},
                "received_at": NOW,
            }
            rows.append(row)
            newcomers.append(Newcomer(CommentRow(**row), bodies[pick]))
            vectors[comment_id] = shaken[number].astype("<f2").tobytes()
            stored.append(
                {
                    "id": new_id("ana"),
                    "tenant_id": TENANT,
                    "comment_id": comment_id,
                    "is_current": True,
                    "model_version": "benchmark",
                    "body": {**bodies[pick], "id": comment_id},
                    "analyzed_at": NOW,
                }
            )
        with database.writing() as session:
            session.execute(insert(CommentRow), rows)
            session.execute(insert(AnalysisRow), stored)
            session.execute(
                insert(CommentVectorRow),
                [
                    {
                        "comment_id": one.row.id,
                        "tenant_id": TENANT,
                        "encoder": shelf.fingerprint,
                        "language": one.analysis["language"],
                        "meaningful": one.analysis["meaningful"],
                        "vector": vectors[one.row.id],
                    }
                    for one in newcomers
                ],
            )
            placed = find(newcomers, vectors, model, shelf=shelf, zone=ZONE)
            put_themes(session, TENANT, placed, are_new=True)


def time_changes(database: Database, shelf: ThemeShelf) -> None:
    """Time each kind of change, and the reading of the themes."""
    learnt = [theme.id for theme in shelf.shipped.themes if theme.kind == "learnt"]
    label = {"ja": "測定", "en": "measured"}
    rule = {"kind": "rule", "label": label, "query": "配送 AND (遅い OR 届かない) OR (delivery late)"}
    moody = {"kind": "rule", "label": label, "query": "sentiment:negative nps<=6"}
    words = Dictionary(synonyms={"急須": "ポット", "teapot": "pot", "カート": "買い物かご"})
    changes: list[tuple[str, taxonomy.Edit]] = [
        ("rename", taxonomy.changing(learnt[0], ThemeChange.model_validate({"label": label}))),
        ("merge two", taxonomy.merging(MergeIn(themes=learnt[:2]))),
        ("archive", taxonomy.changing(learnt[2], ThemeChange(archived=True))),
        ("rule over words", taxonomy.adding(ThemeIn.model_validate(rule))),
        ("rule over sentiment", taxonomy.adding(ThemeIn.model_validate(moody))),
        ("dictionary, with two rules", using(words)),
        ("stop words", using(Dictionary(frozenset({"本日"}), words.synonyms))),
        ("merge twenty", taxonomy.merging(MergeIn(themes=learnt[3:23]))),
    ]
    for name, edit in changes:
        for dry_run in (True, False):
            outcome, seconds = _timed(lambda: _perform(database, shelf, edit, dry_run))  # noqa: B023
            kind = "dry run" if dry_run else "in earnest"
            print(f"{name:28} {kind:10} {seconds:6.1f} s  {outcome.changes['changed']:7} comments changed")
    with database.reading() as session:
        model = models.current(session, TENANT, shelf)
        scope = statistics.Scope(TENANT, model, ZONE)
        reads: list[tuple[str, Callable[[], Any]]] = [
            ("list", lambda: listing.count(session, TENANT, model)),
            (
                "trends by month",
                lambda: statistics.trends(
                    session, scope, period="month", by="language", theme=None, start=None, end=None
                ),
            ),
            ("emerging", lambda: statistics.emerging(session, scope, shelf, window_days=30, at=None)),
            ("impact", lambda: statistics.impact(session, scope, outcome="nps", by=None)),
        ]
        for name, read in reads:
            print(f"{name:28} {'read':10} {_timed(read)[1]:6.1f} s")


def _perform(database: Database, shelf: ThemeShelf, edit: taxonomy.Edit, dry_run: bool) -> taxonomy.Outcome:
    caller = Caller("benchmark", TENANT, frozenset(Scope))
    request = taxonomy.Request(caller, "*", dry_run, NOW, ZONE)
    with database.reading() as reader, database.writing() as session:
        return taxonomy.perform(reader, session, shelf, request, "benchmark", edit)


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--database", help="an empty database; a SQLite file when left out")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(options.database or f"sqlite:///{folder}/voc.sqlite3")
        upgrade(database)
        shelf = ThemeShelf.load(read_models(None, "default"))
        _, seconds = _timed(lambda: fill(database, shelf, options.comments))
        print(f"{database.engine.dialect.name}: {options.comments:,} comments filled in {seconds:.0f} s")
        time_changes(database, shelf)
        database.dispose()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
