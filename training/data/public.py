"""Read the public labelled sets into our shape; each keeps only the labels it can vouch for."""

import csv
import json
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path

from training.data.absa import read_absa
from training.data.labelled import Labelled

_SENTIMENT_SIGN = {"+": "positive", "-": "negative", "0": "neutral", "m": "mixed"}
_INTENT_SIGN = {"c": "complaint", "p": "praise", "s": "suggestion", "q": "question", "o": "other"}
_BITEXT_DEPARTMENT = {
    "ORDER": "sales",
    "SHIPPING": "logistics",
    "CANCELLATION": "sales",
    "INVOICE": "billing",
    "PAYMENT": "billing",
    "REFUND": "billing",
    "FEEDBACK": "customer_support",
    "CONTACT": "customer_support",
    "ACCOUNT": "it_digital",
    "DELIVERY": "logistics",
    "NEWSLETTER": "marketing",
}
_POSITIVE_EMOTIONS = {0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 23}
_NEGATIVE_EMOTIONS = {2, 3, 9, 10, 11, 14, 16, 24, 25}
_NEUTRAL_EMOTION = {27}


def read_hotel_reviews(data: Path) -> list[Labelled]:
    """Read the native Japanese hotel and sightseeing sentences with our labels.

    Parameters
    ----------
    data : Path
        The folder with the public sets.

    Returns
    -------
    list[Labelled]
        Sentences with sentiment, intent, departments and aspects; `group` is the review.
    """
    folder = data / "quasi_japanese_reviews"
    sentences: dict[str, list[str]] = {}
    found = []
    for line in (folder / "labels.tsv").read_text(encoding="utf-8").splitlines():
        number, sign, intent, departments, aspects = line.split("\t")
        review, index = number.split(":")
        if review not in sentences:
            kind, stem = review.split(".")
            text = _review_file(folder, kind, stem).read_text(encoding="utf-8")
            sentences[review] = [one.strip() for one in text.splitlines() if one.strip()]
        text = sentences[review][int(index)]
        terms = [(item[:-1], _SENTIMENT_SIGN.get(item[-1], "")) for item in aspects.split(";") if item]
        found.append(
            Labelled(
                text=text,
                lang="ja",
                source="quasi_japanese_reviews",
                group=review,
                sentiment=_SENTIMENT_SIGN[sign],
                departments=tuple(d for d in departments.split(",") if d),
                intent=_INTENT_SIGN[intent],
                aspects=tuple(
                    (t, p) for t, p in terms if t in text and p in ("positive", "negative", "neutral")
                ),
            )
        )
    return found


def read_absa_reviews(data: Path, part: str) -> list[Labelled]:
    """Read the m-absa sentences; the sentence's sentiment follows from its targets.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    part : str
        ``train`` or ``dev``.

    Returns
    -------
    list[Labelled]
        Both languages; the Japanese side is machine translation.
    """
    found = []
    for folder in sorted(path for path in (data / "m-absa").iterdir() if path.is_dir()):
        for lang in ("en", "ja"):
            for one in read_absa(folder / lang / f"{part}.txt", lang):
                spans = tuple((t.term, t.polarity) for t in one.terms if t.term and t.polarity != "mixed")
                found.append(
                    Labelled(
                        text=one.text,
                        lang=lang,
                        source="m-absa",
                        group=folder.name,
                        sentiment=_combine(t.polarity for t in one.terms),
                        aspects=tuple(dict.fromkeys(spans)),
                    )
                )
    return found


def read_restaurant_sentences(data: Path, part: str) -> list[Labelled]:
    """Read the MAMS sentences, each with several targets.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    part : str
        ``train`` or ``val``.

    Returns
    -------
    list[Labelled]
        English sentences with sentiment and aspects.
    """
    root = ElementTree.parse(data / "mams" / "MAMS-ATSA" / f"{part}.xml").getroot()  # noqa: S314
    found = []
    for sentence in root.iter("sentence"):
        text = (sentence.findtext("text") or "").strip()
        terms = [(t.get("term", ""), t.get("polarity", "")) for t in sentence.iter("aspectTerm")]
        found.append(
            Labelled(
                text=text,
                lang="en",
                source="mams",
                group="restaurant",
                sentiment=_combine(polarity for _, polarity in terms),
                aspects=tuple((t, p) for t, p in terms if t in text),
            )
        )
    return found


def read_service_requests(data: Path, *, most: int, seed: int) -> list[Labelled]:
    """Read a sample of the Bitext requests: neutral questions by owning department.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    most : int
        Number of examples to keep; they are template-made, so few are enough.
    seed : int
        Seed of the sample.

    Returns
    -------
    list[Labelled]
        English requests with departments.
    """
    path = next((data / "bitext_cs_8k").glob("*Training*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["category"] in _BITEXT_DEPARTMENT]
    chosen = random.Random(seed).sample(rows, min(most, len(rows)))
    return [
        Labelled(
            text=row["utterance"],
            lang="en",
            source="bitext",
            group=row["intent"],
            departments=(_BITEXT_DEPARTMENT[row["category"]],),
        )
        for row in chosen
    ]


def read_regulator_complaints(data: Path) -> list[Labelled]:
    """Read the complaints sent to the US consumer finance regulator: long, all negative.

    Parameters
    ----------
    data : Path
        The folder with the public sets.

    Returns
    -------
    list[Labelled]
        English complaints.
    """
    path = next((data / "cfpb_complaints").glob("*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["Consumer complaint narrative"].strip() for row in csv.DictReader(file)]
    return [
        Labelled(
            text=text[:2000],
            lang="en",
            source="cfpb",
            group="finance",
            sentiment="negative",
            intent="complaint",
        )
        for text in dict.fromkeys(texts)
        if text
    ]


def read_emotions(data: Path, *, most: int, seed: int) -> list[Labelled]:
    """Read a sample of GoEmotions, emotions folded to sentiment; ambiguous ones are left out.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    most : int
        Number of examples to keep.
    seed : int
        Seed of the sample.

    Returns
    -------
    list[Labelled]
        English social-media comments with sentiment.
    """
    found = []
    lines = (data / "goemotions" / "original" / "train.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        text, numbers, _ = line.split("\t")
        emotions = {int(number) for number in numbers.split(",")}
        for label, members in (
            ("positive", _POSITIVE_EMOTIONS),
            ("negative", _NEGATIVE_EMOTIONS),
            ("neutral", _NEUTRAL_EMOTION),
        ):
            if emotions <= members:
                clean = text.replace("[NAME]", "Alex").replace("[RELIGION]", "faith")
                found.append(Labelled(clean, "en", "goemotions", "reddit", sentiment=label))
    return random.Random(seed).sample(found, min(most, len(found)))


def read_hotel_requests(data: Path, *, most: int, seed: int) -> list[Labelled]:
    """Read a sample of the Japanese hotel-desk requests: neutral, wishes and questions.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    most : int
        Number of examples to keep.
    seed : int
        Seed of the sample.

    Returns
    -------
    list[Labelled]
        Japanese requests; sentiment only.
    """
    import gzip

    texts: dict[str, str] = {}
    for path in sorted((data / "asdc" / "vanilla").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                for turn in json.loads(line).get("utterances", []):
                    if turn["name"] == "user":
                        texts.setdefault(turn.get("text", "").strip(), path.name.split(".")[0])
    pool = [(text, group) for text, group in texts.items() if 4 <= len(text) <= 120]
    chosen = random.Random(seed).sample(pool, min(most, len(pool)))
    return [Labelled(text, "ja", "asdc", group, sentiment="neutral") for text, group in chosen]


def _review_file(folder: Path, kind: str, stem: str) -> Path:
    return folder / "data" / "text" / kind / f"quasi_japanese_reviwes.{kind}.{stem}.txt"


def _combine(polarities: Iterable[str]) -> str | None:
    """Fold the polarities of a sentence's targets into one sentiment; None where there is no target."""
    seen = set(polarities)
    if not seen:
        return None
    if "mixed" in seen or {"positive", "negative"} <= seen:
        return "mixed"
    if "positive" in seen:
        return "positive"
    return "negative" if "negative" in seen else "neutral"
