"""Read the English-Japanese sentence pairs and scored pairs that the encoder learns from."""

import csv
import json
import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from training.data.absa import read_absa_text

_TANAKA_SPACE = re.compile(r"\s+([.,!?;:%)\]'’]|n't\b)|([(\[$])\s+")


@dataclass(frozen=True, slots=True)
class Pair:
    """One sentence in both languages; `source` names the set it came from."""

    en: str
    ja: str
    source: str


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """Two sentences of one language and their similarity in [0, 1]."""

    first: str
    second: str
    similarity: float


def read_pairs(data: Path, *, seed: int, held_out: int = 1000) -> tuple[list[Pair], list[Pair]]:
    """Read all sentence pairs, de-duplicated, and hold some out.

    Parameters
    ----------
    data : Path
        The folder with the public sets.
    seed : int
        Seed of the shuffle that picks the held-out pairs.
    held_out : int
        Number of everyday sentence pairs held out for retrieval; the review
        pairs held out are those of the `dev` files.

    Returns
    -------
    tuple[list[Pair], list[Pair]]
        Training pairs and held-out pairs; no Japanese or English sentence of
        the held-out part occurs in the training part.
    """
    everyday = [*_tatoeba(data), *_tanaka(data)]
    random.Random(seed).shuffle(everyday)
    reviews_held = list(_reviews(data, "dev"))
    test = [*everyday[:held_out], *reviews_held]
    seen_en = {_key(pair.en) for pair in test}
    seen_ja = {_key(pair.ja) for pair in test}
    training: list[Pair] = []
    known: set[tuple[str, str]] = set()
    for pair in [*everyday[held_out:], *_meetings(data), *_reviews(data, "train"), *_captions(data)]:
        key = (_key(pair.en), _key(pair.ja))
        if key in known or key[0] in seen_en or key[1] in seen_ja:
            continue
        known.add(key)
        training.append(pair)
    return training, test


def read_scored_japanese(data: Path) -> tuple[list[ScoredPair], list[ScoredPair]]:
    """Read the Japanese similarity judgements of JSTS: training part and validation part.

    Parameters
    ----------
    data : Path
        The folder with the public sets.

    Returns
    -------
    tuple[list[ScoredPair], list[ScoredPair]]
        Training and validation pairs; similarity 0 to 5 scaled to [0, 1].
    """

    def read(name: str) -> list[ScoredPair]:
        lines = (data / "jglue" / name).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line]
        return [ScoredPair(_clean(r["sentence1"]), _clean(r["sentence2"]), r["label"] / 5) for r in rows]

    held = read("valid-v1.3.json")
    banned = {pair.first for pair in held} | {pair.second for pair in held}
    kept = [p for p in read("train-v1.3.json") if p.first not in banned and p.second not in banned]
    return kept, held


def read_english(data: Path) -> list[str]:
    """Read English customer sentences that have no Japanese side, for the distillation of English rows.

    Parameters
    ----------
    data : Path
        The folder with the public sets.

    Returns
    -------
    list[str]
        Sentences, de-duplicated, in file order.
    """
    found: dict[str, None] = {}
    with (data / "polyai" / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[_clean(row["text"])] = None
    mams = (data / "mams" / "MAMS-ATSA" / "train.xml").read_text(encoding="utf-8")
    for text in re.findall(r"<text>(.*?)</text>", mams, flags=re.S):
        found[_clean(text.replace("&amp;", "&").replace("&quot;", '"').replace("&apos;", "'"))] = None
    lines = (data / "goemotions" / "original" / "train.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[:15_000]:
        found[_clean(line.split("\t")[0].replace("[NAME]", "he"))] = None
    return [text for text in found if text]


def _tatoeba(data: Path) -> list[Pair]:
    lines = (data / "tatoeba_en_ja" / "jpn.txt").read_text(encoding="utf-8").splitlines()
    fields = (line.split("\t")[:2] for line in lines)
    return [Pair(_clean(en), _clean(ja), "tatoeba") for en, ja in fields]


def _tanaka(data: Path) -> list[Pair]:
    folder = data / "small_parallel_enja"
    english = (folder / "train.en").read_text(encoding="utf-8").splitlines()
    japanese = (folder / "train.ja").read_text(encoding="utf-8").splitlines()
    return [
        Pair(_clean(_TANAKA_SPACE.sub(r"\1\2", en)), _clean(ja).replace(" ", ""), "tanaka")
        for en, ja in zip(english, japanese, strict=True)
    ]


def _meetings(data: Path) -> list[Pair]:
    pairs = []
    for name in ("dev.json", "test.json"):
        for meeting in json.loads((data / "ami_meeting_parallel" / name).read_text(encoding="utf-8")):
            for turn in meeting["conversation"]:
                pairs.append(Pair(_clean(turn["en_sentence"]), _clean(turn["ja_sentence"]), "ami"))
    return pairs


def _reviews(data: Path, part: str) -> list[Pair]:
    pairs = []
    for folder in sorted((data / "m-absa").iterdir()):
        if folder.is_dir():
            english = read_absa_text(folder / "en" / f"{part}.txt", "en")
            japanese = read_absa_text(folder / "ja" / f"{part}.txt", "ja")
            if len(english) == len(japanese):
                both = zip(english, japanese, strict=True)
                pairs += [Pair(_clean(en), _clean(ja), f"absa-{folder.name}") for en, ja in both if en and ja]
    return pairs


def _captions(data: Path) -> list[Pair]:
    pairs = []
    with (data / "jsick" / "train.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            for side in ("A", "B"):
                en, ja = row[f"sentence_{side}_En"], row[f"sentence_{side}_Ja"]
                if en and ja:
                    pairs.append(Pair(_clean(en), _clean(ja), "jsick"))
    return pairs


def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())
