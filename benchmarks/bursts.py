"""How early a new theme is noticed, and how often one that is none: planted themes and shuffled dates."""

from one_core import pin_to_one_core, seconds  # isort: skip  # before numpy and the tokenizer are loaded

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from table import ROOT, show

sys.path.insert(0, str(ROOT))

from voc_nlp.comparing import take_off
from voc_nlp.loading import load_embedder
from voc_nlp.schema import Comment, Language
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.material import find_centers, gather
from voc_nlp.topics.statistics.bursts import find_bursts
from voc_nlp.topics.statistics.emerging import WINDOW_DAYS, EmergingGroup, scan_for_new
from voc_nlp.topics.statistics.observation import Observation

JOURNAL = ROOT / "samples" / "journal.jsonl"
PLANTED = "qr_payment_error"
PLANTED_SIZE = 15
LEAST_FOUND = 4
"""A group with at least as many comments of a planted theme has found it."""

KNOWN = (
    "app_crash",
    "call_center_praise",
    "coupon_not_applied",
    "late_delivery",
    "kettle_defect",
    "price_level",
    PLANTED,
)
"""Topics that the writers of the journal were told to let rise."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shuffles", type=int, default=50, help="shuffles of the dates; twelve scans each")
    parser.add_argument("--plantings", type=int, default=10, help="draws of 15 comments a topic")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    pin_to_one_core()
    journal = Journal()
    rows = journal.planted_found()
    rows += journal.false_alarms(options.shuffles)
    rows += journal.plantings_found(options.plantings)
    rows.append(("one scan of the journal", seconds(journal.scan_last, 5) * 1e3, "ms"))
    show(f"new themes within {WINDOW_DAYS} days, and known ones that rise", rows, options.out)
    journal.print_known()


class Journal:
    """The bundled comments with their days, topics and vectors."""

    def __init__(self) -> None:
        records: list[dict[str, Any]] = [
            json.loads(line) for line in JOURNAL.read_text(encoding="utf-8").splitlines()
        ]
        self.topics = np.array([record["topic"] for record in records])
        self.languages = [Language(record["lang"]) for record in records]
        self.days = [date.fromisoformat(record["created_at"][:10]) for record in records]
        comments = [Comment(record["id"], record["text"], record["lang"]) for record in records]
        material = gather(comments, load_embedder(), Dictionary.empty(), seed=0, sample_size=len(comments))
        self.vectors = take_off(material.vectors, material.languages, find_centers(material))

    def scan_last(self) -> object:
        """Scan once, at the end of the journal."""
        return scan_for_new(self.vectors, self.days)

    def planted_found(self) -> list[tuple[str, float, str]]:
        """Scan day by day since the planted theme began."""
        planted = {row for row, topic in enumerate(self.topics) if topic == PLANTED}
        began = min(self.days[row] for row in planted)
        found = []
        for day in range((max(self.days) - began).days + 1):
            scan = scan_for_new(self.vectors, self.days, at=began + timedelta(days=day))
            if any(_holds(group, planted) for group in scan.groups):
                found.append(began + timedelta(days=day))
        last = scan_for_new(self.vectors, self.days)
        best = min((group for group in last.groups if _holds(group, planted)), key=_surety, default=None)
        rows = [("planted theme: found at the last day (1: yes)", float(best is not None), "")]
        if best is not None:
            seen = sum(self.days[row] <= found[0] for row in planted)
            hits = len(planted & set(best.rows))
            rows += [
                ("planted theme: comments written when first found", float(seen), f"of {len(planted)}"),
                ("planted theme: days until first found", float((found[0] - began).days), "days"),
                (
                    "planted theme: days found since then",
                    len(found) / ((max(self.days) - found[0]).days + 1),
                    "",
                ),
                ("planted theme: its comments in the group", float(hits), f"of {len(best.rows)}"),
                ("planted theme: groups as sure by chance", best.by_chance, "a scan"),
            ]
        return rows

    def false_alarms(self, shuffles: int) -> list[tuple[str, float, str]]:
        """Shuffle the days of all comments but the planted, and scan at the ends of twelve months."""
        rows = np.flatnonzero(self.topics != PLANTED)
        vectors, days = self.vectors[rows], np.array(self.days)[rows]
        languages = [self.languages[row] for row in rows]
        ends = _month_ends(max(self.days), 12)
        rng = np.random.default_rng(0)
        counts, with_languages, bursts = [], [], []
        for _ in range(shuffles):
            order = rng.permutation(len(rows))
            shuffled = days[order].tolist()
            observed = [
                Observation(str(place), (str(self.topics[row]),), at=day)
                for place, (row, day) in enumerate(zip(rows, shuffled, strict=True))
            ]
            for at in ends:
                counts.append(len(scan_for_new(vectors, shuffled, at=at).groups))
                scan = scan_for_new(vectors, shuffled, at=at, languages=languages)
                with_languages.append(len(scan.groups))
                bursts.append(len(find_bursts(observed, at=at).bursts))
        return [
            (f"false alarms, {len(counts)} monthly scans", float(np.mean(counts)), "a month"),
            ("the same: months with any", float(np.mean(np.array(counts) > 0)), ""),
            ("the same, expected by language", float(np.mean(with_languages)), "a month"),
            ("false bursts of known topics", float(np.mean(bursts)), "a month"),
        ]

    def plantings_found(self, draws: int) -> list[tuple[str, float, str]]:
        """Plant 15 comments of a topic, its others left out, on the planted theme's days."""
        planted_days = [day for day, topic in zip(self.days, self.topics, strict=True) if topic == PLANTED]
        days = np.array(self.days)
        rng = np.random.default_rng(1)
        found, half = [], []
        for topic in sorted(set(self.topics) - {PLANTED, "other"}):
            rest = np.flatnonzero((self.topics != topic) & (self.topics != PLANTED))
            for _ in range(draws):
                picked = rng.choice(np.flatnonzero(self.topics == topic), PLANTED_SIZE, replace=False)
                rows = np.concatenate([rest, picked])
                when = [*rng.permutation(days[rest]).tolist(), *planted_days]
                groups = scan_for_new(self.vectors[rows], when, at=max(self.days)).groups
                own = set(range(len(rest), len(rows)))
                best = max((len(own & set(group.rows)) / len(group.rows) for group in groups), default=0.0)
                found.append(any(_holds(group, own) for group in groups))
                half.append(best >= 0.5)
        name = f"{PLANTED_SIZE} comments of another topic planted ({len(found)} times): found"
        return [
            (name, float(np.mean(found)), ""),
            ("the same: and at least half of a group", float(np.mean(half)), ""),
        ]

    def print_known(self) -> None:
        """Print when the journal's topics, taken as themes, are found to rise at the ends of months."""
        observed = [
            Observation(str(row), (str(topic),), at=day)
            for row, (topic, day) in enumerate(zip(self.topics, self.days, strict=True))
        ]
        print("known topics that rise, at the ends of months (n, expected, ratio, adjusted p)")
        for at in _month_ends(max(self.days), 17):
            for burst in find_bursts(observed, at=at).bursts:
                told = "" if burst.theme in KNOWN else "  not told"
                print(
                    f"  {at}  {burst.theme:<20} {burst.n:>3} {burst.expected:>6.1f} {burst.ratio.value:>6.1f}"
                    f" (from {burst.ratio.low or 0:.1f})  {burst.p_adjusted:.1e}{told}"
                )
        print("groups found without themes, at the ends of months (their topics, groups as sure by chance)")
        for at in _month_ends(max(self.days), 17):
            for group in scan_for_new(self.vectors, self.days, at=at).groups:
                most = Counter(self.topics[list(group.rows)].tolist()).most_common(2)
                shown = ", ".join(f"{topic} {count}" for topic, count in most)
                print(
                    f"  {at}  since {group.first_seen}  {len(group.rows):>3}: {shown}  {group.by_chance:.1e}"
                )


def _holds(group: EmergingGroup, rows: set[int]) -> bool:
    return len(rows & set(group.rows)) >= LEAST_FOUND


def _surety(group: EmergingGroup) -> float:
    return group.by_chance


def _month_ends(last: date, count: int) -> Sequence[date]:
    """List the last days of so many months up to that of `last`, in order."""
    months = [last.year * 12 + last.month - back for back in range(count)]
    return [date(month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in reversed(months)]


if __name__ == "__main__":
    main()
