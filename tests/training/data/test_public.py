"""Readers of the public sets, on tiny files in the shape of the real ones; every sentence is made up here."""

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from training.data.absa import AbsaTerm, read_absa, read_absa_text
from training.data.labelled import Labelled
from training.data.mixture import LICENCES, read_public
from training.data.public import (
    read_absa_reviews,
    read_emotions,
    read_hotel_requests,
    read_hotel_reviews,
    read_regulator_complaints,
    read_restaurant_sentences,
    read_service_requests,
)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def put_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def put_hotel_reviews(data: Path) -> None:
    folder = data / "quasi_japanese_reviews"
    name = "quasi_japanese_reviwes.hotel.00012.txt"
    put(folder / "data" / "text" / "hotel" / name, "部屋は広い。\n\n 朝食が冷めていた。\n何時からですか\n")
    put(
        folder / "labels.tsv",
        "hotel.00012:0\t+\tp\tstore_operations\t部屋+\n"
        "hotel.00012:1\t-\tc\tproduct_quality,store_operations\t朝食-;夕食-;冷m\n"
        "hotel.00012:2\t0\tq\t\t\n",
    )


def put_absa(data: Path) -> None:
    for kind in ("food", "hotel"):
        for part in ("train", "dev"):
            put(
                data / "m-absa" / kind / "en" / f"{part}.txt",
                "The soup was cold####[['soup', 'food quality', 'negative']]\n"
                "Kind staff, slow lift####[['staff', 'service', 'POS'], ['lift', 'facility', 'NEG']]\n"
                "We came on Monday####[]\n"
                "Torn line####[['x', \n",
            )
            put(
                data / "m-absa" / kind / "ja" / f"{part}.txt",
                "スープ が 冷たい####[['スー プ', 'food quality', 'negative']]\n"
                "親切な　店員####[['店員', 'service', 'positive'], ['NULL', 'general', 'positive']]\n"
                "月曜日####[['火曜日', 'general', 'conflict']]\n"
                "壊れた行####\n",
            )


def put_restaurants(data: Path) -> None:
    put(
        data / "mams" / "MAMS-ATSA" / "train.xml",
        "<sentences><sentence><text>Good bread, rude waiter</text><aspectTerms>"
        '<aspectTerm term="bread" polarity="positive"/><aspectTerm term="waiter" polarity="negative"/>'
        '<aspectTerm term="wine" polarity="neutral"/></aspectTerms></sentence>'
        "<sentence><text>No terms here</text></sentence></sentences>",
    )


def put_requests(data: Path) -> None:
    put_table(
        data / "bitext_cs_8k" / "x_Training_y.csv",
        [
            {"utterance": "where is my parcel", "intent": "track", "category": "SHIPPING"},
            {"utterance": "I want my money", "intent": "refund", "category": "REFUND"},
            {"utterance": "sing me a song", "intent": "sing", "category": "SONGS"},
        ],
    )


def put_complaints(data: Path) -> None:
    texts = [" They charged me twice. ", "", "They charged me twice.", "x" * 3000]
    put_table(data / "cfpb_complaints" / "c.csv", [{"Consumer complaint narrative": text} for text in texts])


def put_emotions(data: Path) -> None:
    put(
        data / "goemotions" / "original" / "train.tsv",
        "Thanks [NAME]!\t15\ta\nI hate that\t2,3\tb\nIt is Tuesday\t27\tc\nGreat but sad\t0,25\td\n",
    )


def put_hotel_requests(data: Path) -> None:
    path = data / "asdc" / "vanilla" / "main.jsonl.gz"
    path.parent.mkdir(parents=True)
    turns = [
        {"name": "user", "text": "駅に近い宿を探しています"},
        {"name": "agent", "text": "かしこまりました"},
        {"name": "user", "text": "はい"},
        {"name": "user", "text": "駅に近い宿を探しています"},
        {"name": "user", "text": "温泉はありますか"},
    ]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"utterances": turns}) + "\n" + json.dumps({}) + "\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a small one of every set."""
    for build in (
        put_hotel_reviews,
        put_absa,
        put_restaurants,
        put_requests,
        put_complaints,
        put_emotions,
        put_hotel_requests,
    ):
        build(tmp_path)
    return tmp_path


def test_hotel_reviews(data: Path) -> None:
    first, second, third = read_hotel_reviews(data)
    assert first == Labelled(
        text="部屋は広い。",
        lang="ja",
        source="quasi_japanese_reviews",
        group="hotel.00012",
        sentiment="positive",
        departments=("store_operations",),
        intent="praise",
        aspects=(("部屋", "positive"),),
    )
    assert (second.text, second.sentiment, second.intent) == ("朝食が冷めていた。", "negative", "complaint")
    assert second.departments == ("product_quality", "store_operations")
    assert second.aspects == (("朝食", "negative"),), "a term that does not occur, or is mixed, is left out"
    assert (third.sentiment, third.intent, third.departments, third.aspects) == (
        "neutral",
        "question",
        (),
        (),
    )
    assert first.urgency is first.churn_risk is None


@pytest.mark.parametrize(
    ("lang", "texts", "terms"),
    [
        (
            "en",
            ["The soup was cold", "Kind staff, slow lift", "We came on Monday"],
            [
                (AbsaTerm("soup", "food quality", "negative"),),
                (AbsaTerm("staff", "service", "positive"), AbsaTerm("lift", "facility", "negative")),
                (),
            ],
        ),
        (
            "ja",
            ["スープが冷たい", "親切な店員", "月曜日"],
            [
                (AbsaTerm("スープ", "food quality", "negative"),),
                (AbsaTerm("店員", "service", "positive"), AbsaTerm("", "general", "positive")),
                (AbsaTerm("", "general", "mixed"),),
            ],
        ),
    ],
)
def test_absa_sentences(data: Path, lang: str, texts: list[str], terms: list[tuple[AbsaTerm, ...]]) -> None:
    path = data / "m-absa" / "food" / lang / "train.txt"
    sentences = read_absa(path, lang)
    assert [sentence.text for sentence in sentences] == texts
    assert [sentence.terms for sentence in sentences] == terms
    assert len(read_absa_text(path, lang)) == 4, "the lines of both languages stay aligned"


def test_absa_reviews(data: Path) -> None:
    found = read_absa_reviews(data, "dev")
    assert [(row.group, row.lang) for row in found] == [
        (kind, lang) for kind in ("food", "hotel") for lang in ("en",) * 3 + ("ja",) * 3
    ]
    assert [row.sentiment for row in found[:6]] == [
        "negative",
        "mixed",
        None,
        "negative",
        "positive",
        "mixed",
    ]
    assert found[1].aspects == (("staff", "positive"), ("lift", "negative"))
    assert found[4].aspects == (("店員", "positive"),)
    assert all(row.departments is None for row in found)


def test_restaurant_sentences(data: Path) -> None:
    first, second = read_restaurant_sentences(data, "train")
    assert (first.text, first.sentiment) == ("Good bread, rude waiter", "mixed")
    assert first.aspects == (("bread", "positive"), ("waiter", "negative"))
    assert (second.sentiment, second.aspects) == (None, ())


def test_service_requests(data: Path) -> None:
    found = read_service_requests(data, most=10, seed=1)
    assert {(row.text, row.departments) for row in found} == {
        ("where is my parcel", ("logistics",)),
        ("I want my money", ("billing",)),
    }
    assert len(read_service_requests(data, most=1, seed=1)) == 1


def test_regulator_complaints(data: Path) -> None:
    found = read_regulator_complaints(data)
    assert [row.text[:22] for row in found] == ["They charged me twice.", "x" * 22]
    assert [len(row.text) for row in found] == [22, 2000]
    assert {(row.sentiment, row.intent) for row in found} == {("negative", "complaint")}


def test_emotions(data: Path) -> None:
    found = read_emotions(data, most=10, seed=1)
    assert {(row.text, row.sentiment) for row in found} == {
        ("Thanks Alex!", "positive"),
        ("I hate that", "negative"),
        ("It is Tuesday", "neutral"),
    }
    assert read_emotions(data, most=2, seed=3) == read_emotions(data, most=2, seed=3)


def test_hotel_requests(data: Path) -> None:
    found = read_hotel_requests(data, most=10, seed=1)
    assert {row.text for row in found} == {"駅に近い宿を探しています", "温泉はありますか"}
    assert {(row.lang, row.sentiment, row.group) for row in found} == {("ja", "neutral", "main")}


def test_the_mixture_takes_what_has_a_weight(data: Path) -> None:
    public = {name: 0.5 for name in LICENCES if name != "corpus"}
    assert {row.source for row in read_public(data, public, seed=1)} == set(public)
    assert {row.source for row in read_public(data, {"corpus": 1.0, "mams": 0.1}, seed=1)} == {"mams"}
    assert read_public(data, {"corpus": 1.0}, seed=1) == []
    assert read_public(data, public, seed=1) == read_public(data, public, seed=1)
