"""The authored corpus keeps to its guide: legal labels, terms that occur, no copies, everything covered."""

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from training.data.corpus import CORPUS, read_corpus
from training.data.splits import DEV_WRITERS, TEST_WRITERS, split_by_writer
from training.heads.tasks import DEPARTMENTS, LABELS

LEAST_COMMENTS = 400
KEYS = [
    *("id", "lang", "industry", "channel", "text", "sentiment"),
    *("departments", "intent", "urgency", "churn_risk", "aspects", "nps"),
]
CHANNELS = {"survey", "app_review", "call_note", "chat", "email", "sns", "store_card"}
POLARITIES = {"positive", "neutral", "negative"}
GRAM = 4
MOST_SHARED = 0.5
SET_PHRASE = {"ja": 18, "en": 24}
"""Texts up to this many letters (特になし, no comment, never again) are what many customers write alike."""

both_languages = pytest.mark.parametrize("lang", ["ja", "en"])


@cache
def rows(lang: str) -> list[dict[str, Any]]:
    """Read the raw lines of one language."""
    return [json.loads(line) for line in (CORPUS / f"{lang}.jsonl").read_text("utf-8").splitlines()]


def packed(text: str) -> str:
    """Leave out what does not tell two texts apart: spaces and case."""
    return "".join(text.lower().split())


def grams(text: str) -> frozenset[str]:
    """Cut a text into its 4-grams."""
    letters = packed(text)
    return frozenset(letters[i : i + GRAM] for i in range(max(1, len(letters) - GRAM + 1)))


def near_duplicates(texts: Iterable[str]) -> list[tuple[int, int]]:
    """Find the pairs whose 4-gram Jaccard is above one half, exactly, through an index of rare grams.

    Two sets that share more than half of their union share one of the rarest
    ``len - ceil(len / 2) + 1`` grams of each (prefix filtering), so only texts
    that meet in such a gram are compared.
    """
    sets = [grams(text) for text in texts]
    counts = Counter(gram for one in sets for gram in one)
    index: dict[str, list[int]] = {}
    found = []
    for number, one in enumerate(sets):
        ranked = sorted(one, key=lambda gram: (counts[gram], gram))
        rare = ranked[: len(ranked) - -(-len(ranked) // 2) + 1]
        for other in sorted({known for gram in rare for known in index.get(gram, ())}):
            shared = len(one & sets[other])
            if shared > MOST_SHARED * (len(one) + len(sets[other]) - shared):
                found.append((other, number))
        for gram in rare:
            index.setdefault(gram, []).append(number)
    return found


def faults(row: dict[str, Any], lang: str) -> list[str]:
    """Name everything that is wrong with one row."""
    if list(row) != KEYS:
        return [f"keys are {list(row)}"]
    aspects, departments = row["aspects"], row["departments"]
    checks = {
        "lang": row["lang"] == lang,
        "id": row["id"].split("-")[0] == lang and len(row["id"].split("-")) == 3,
        "text": bool(row["text"].strip()) and row["text"] == row["text"].strip(),
        "industry": isinstance(row["industry"], str) and bool(row["industry"]),
        "channel": row["channel"] in CHANNELS,
        "sentiment": row["sentiment"] in LABELS["sentiment"],
        "intent": row["intent"] in LABELS["intent"],
        "urgency": row["urgency"] in LABELS["urgency"],
        "churn_risk": isinstance(row["churn_risk"], bool),
        "nps": row["nps"] is None or (type(row["nps"]) is int and 0 <= row["nps"] <= 10),
        "departments": len(departments) <= 3
        and len(set(departments)) == len(departments)
        and set(departments) <= set(DEPARTMENTS),
        "aspects": len(aspects) <= 5
        and all(set(aspect) == {"term", "sentiment"} for aspect in aspects)
        and all(aspect["term"] and aspect["term"] in row["text"] for aspect in aspects)
        and all(aspect["sentiment"] in POLARITIES for aspect in aspects),
    }
    return [name for name, right in checks.items() if not right]


@both_languages
def test_every_row_is_legal(lang: str) -> None:
    wrong = {row["id"]: found for row in rows(lang) if (found := faults(row, lang))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sentiment": "good"}, "sentiment"),
        ({"departments": ["billing", "billing"]}, "departments"),
        ({"departments": ["kitchen"]}, "departments"),
        ({"aspects": [{"term": "not in there", "sentiment": "negative"}]}, "aspects"),
        ({"aspects": [{"term": "", "sentiment": "negative"}]}, "aspects"),
        ({"nps": 11}, "nps"),
        ({"nps": True}, "nps"),
        ({"lang": "fr"}, "lang"),
        ({"text": "  "}, "text"),
    ],
)
def test_a_wrong_row_is_seen(change: dict[str, Any], fault: str) -> None:
    assert fault in faults({**rows("en")[0], **change}, "en")


@both_languages
def test_there_are_enough_comments_and_no_id_twice(lang: str) -> None:
    ids = Counter(row["id"] for row in rows(lang))
    assert len(ids) >= LEAST_COMMENTS
    assert [one for one, count in ids.items() if count > 1] == []


@both_languages
def test_everything_is_covered(lang: str) -> None:
    assert {department for row in rows(lang) for department in row["departments"]} == set(DEPARTMENTS)
    assert {row["departments"][0] for row in rows(lang) if row["departments"]} == set(DEPARTMENTS)
    assert any(not row["departments"] for row in rows(lang))
    assert {row["channel"] for row in rows(lang)} == CHANNELS
    assert {row["churn_risk"] for row in rows(lang)} == {True, False}
    assert len({row["industry"] for row in rows(lang)}) >= 10
    for task in ("sentiment", "intent", "urgency"):
        assert {row[task] for row in rows(lang)} == set(LABELS[task])


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_comment_is_nearly_another(lang: str) -> None:
    texts = [row for row in rows(lang) if len(packed(row["text"])) > SET_PHRASE[lang]]
    pairs = near_duplicates(row["text"] for row in texts)
    assert [(texts[a]["id"], texts[b]["id"]) for a, b in pairs] == []


@both_languages
def test_no_writer_says_the_same_twice(lang: str) -> None:
    said = Counter((row["id"].split("-")[1], packed(row["text"])) for row in rows(lang))
    assert [one for one, count in said.items() if count > 1] == []


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("荷物が三日も遅れて届きました", "荷物が三日も遅れて届いた", True),
        ("荷物が三日も遅れて届きました", "店員さんがとても親切でした", False),
        ("The parcel came three days late", "the parcel came  three days LATE!", True),
        ("The parcel came three days late", "The staff were kind to my mother", False),
        ("abcdefgh", "abcdefgh", True),
        ("ok", "ok", True),
    ],
)
def test_a_near_duplicate_is_seen(one: str, other: str, near: bool) -> None:
    filler = ["全然別のことを書いた文です。", "Something else altogether is written here."]
    assert near_duplicates([one, *filler, other]) == ([(0, 3)] if near else [])


def test_the_index_finds_what_comparing_all_pairs_finds() -> None:
    texts = [row["text"][:40] for row in rows("ja")[:150]] + [row["text"][5:40] for row in rows("ja")[:50]]
    sets = [grams(text) for text in texts]
    slow = [
        (a, b)
        for b in range(len(sets))
        for a in range(b)
        if len(sets[a] & sets[b]) > MOST_SHARED * len(sets[a] | sets[b])
    ]
    assert slow
    assert near_duplicates(texts) == slow


@both_languages
def test_no_writer_is_in_two_parts(lang: str) -> None:
    split = split_by_writer(read_corpus(lang))
    writers = [{row.group for row in part} for part in (split.train, split.dev, split.test)]
    assert all(writers)
    assert sum(map(len, writers)) == len(set.union(*writers))
    assert writers[1] == DEV_WRITERS
    assert writers[2] == TEST_WRITERS
    assert len(split.train) + len(split.dev) + len(split.test) == len(rows(lang))


@both_languages
def test_the_parts_share_no_text(lang: str) -> None:
    split = split_by_writer(read_corpus(lang))
    parts = (split.train, split.dev, split.test)
    texts = [{packed(row.text) for row in part if len(packed(row.text)) > SET_PHRASE[lang]} for part in parts]
    assert sum(map(len, texts)) == len(set.union(*texts))


@both_languages
def test_the_reader_keeps_every_label(lang: str) -> None:
    for row, read in zip(rows(lang), read_corpus(lang), strict=True):
        assert read.text == row["text"]
        assert read.lang == lang
        assert read.source == "corpus"
        assert row["id"].startswith(f"{lang}-{read.group}-")
        assert read.departments == tuple(row["departments"])
        assert (read.sentiment, read.intent, read.urgency) == (
            row["sentiment"],
            row["intent"],
            row["urgency"],
        )
        assert read.churn_risk is row["churn_risk"]
        assert read.aspects == tuple((aspect["term"], aspect["sentiment"]) for aspect in row["aspects"])
