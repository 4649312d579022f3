"""Comments with a label of what they are about: Banking77, ASDC, the authored journal."""

import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SETS = ("banking77", "asdc", "journal")
"""English, Japanese, both; the journal is our own."""

MOST_ASDC = 10_000
ASDC_SEED = 20261121
_PAIR = re.compile(r"h-p-(\d+)-(ja|en)")


@dataclass(frozen=True, slots=True)
class LabelledComment:
    """One comment and its label.

    Parameters
    ----------
    id : str
        Identifier within the set.
    text : str
        The comment.
    lang : str
        ``ja`` or ``en``.
    label : str
        What it is about, by the set's own labels.
    """

    id: str
    text: str
    lang: str
    label: str


def read_set(name: str, data: Path | None, journal: Sequence[Path]) -> list[LabelledComment]:
    """Read one set, without repeated texts.

    Parameters
    ----------
    name : str
        One of `SETS`.
    data : Path | None
        The folder with the public sets.
    journal : Sequence[Path]
        Files of the journal.

    Returns
    -------
    list[LabelledComment]
        Comments in a fixed order.
    """
    if name == "journal":
        return _distinct(_read_journal(journal))
    if data is None:
        raise SystemExit(f"{name} is read from the folder with the public sets; name it with --data DIR")
    return _distinct(_read_banking(data)) if name == "banking77" else _read_asdc(data)


def parallel_pairs(comments: Sequence[LabelledComment]) -> list[tuple[int, int]]:
    """Find the comments that say the same in both languages: places of the Japanese and the English one."""
    places: dict[str, dict[str, int]] = {}
    for place, comment in enumerate(comments):
        if found := _PAIR.fullmatch(comment.id):
            places.setdefault(found[1], {})[found[2]] = place
    return [(pair["ja"], pair["en"]) for pair in places.values() if len(pair) == 2]


def _read_banking(data: Path) -> list[LabelledComment]:
    with (data / "polyai" / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"].strip(), row["category"]) for row in csv.DictReader(file)]
    return [
        LabelledComment(f"b-{place}", text, "en", label) for place, (text, label) in enumerate(rows) if text
    ]


def _read_asdc(data: Path) -> list[LabelledComment]:
    """Sample the one-turn utterances; one that stands under several topics is left out."""
    topics: dict[str, set[str]] = {}
    path = data / "asdc" / "vanilla" / "topic.L1.1turn.VanillaUtterances.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            topics.setdefault(row["utterances"][0]["text"].strip(), set()).add(row["meta"]["topic"])
    single = [(text, next(iter(found))) for text, found in topics.items() if text and len(found) == 1]
    chosen = random.Random(ASDC_SEED).sample(single, min(MOST_ASDC, len(single)))
    return [LabelledComment(f"a-{place}", text, "ja", label) for place, (text, label) in enumerate(chosen)]


def _read_journal(paths: Sequence[Path]) -> list[LabelledComment]:
    missing = [str(path) for path in paths if not path.is_file()]
    if missing or not paths:
        raise SystemExit(
            f"the journal is not at {', '.join(missing) or 'any path'}; name its files with --journal"
        )
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [LabelledComment(row["id"], row["text"], row["lang"], row["topic"]) for row in rows]


def _distinct(comments: Iterable[LabelledComment]) -> list[LabelledComment]:
    found: dict[str, LabelledComment] = {}
    for comment in comments:
        found.setdefault(comment.text, comment)
    return list(found.values())
