"""Streams of weeks for benchmarks/drift.py: drawn from the corpus, with bursts and planted drifts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from voc_nlp import Comment, load_analyzer
from voc_nlp.drift.profile import BUCKETS, Moments, Slice, WeekProfile
from voc_nlp.drift.profiling import _labels, _length_class
from voc_nlp.drift.watch import Week
from voc_nlp.drift.words import bucket_of, words_of
from voc_nlp.text.normalize import normalize

ROOT = Path(__file__).resolve().parent.parent
MONDAY = date(2025, 1, 6)
PLANTED_AT = 30
"""Week of the year, from 0, in which a planted drift begins."""

_PRODUCT = {
    "ja": "新しいソラミスト加湿器を使っています。ソラミストのカートリッジ交換ランプが点滅します。",
    "en": "This is about the new Soramist humidifier. The Soramist cartridge light keeps blinking.",
}


class Pool:
    """Comments with what is counted of them, so that a week is drawn in no time."""

    def __init__(
        self, texts: Sequence[str], bodies: Sequence[Mapping[str, Any]], vectors: NDArray[Any]
    ) -> None:
        self.languages = np.array([body["language"] for body in bodies])
        self.versions = np.array([body.get("model_version", "") for body in bodies])
        self.intents = np.array([body.get("intent", {}).get("label", "") for body in bodies])
        themes = [body.get("themes") or [{"id": "none"}] for body in bodies]
        self.topics = np.unique([theme[0]["id"] for theme in themes], return_inverse=True)[1]
        self.vectors = vectors
        labels = [
            [*_labels(body), ("length", _length_class(text))]
            for body, text in zip(bodies, texts, strict=True)
        ]
        self.columns = sorted({pair for row in labels for pair in row})
        place = {pair: number for number, pair in enumerate(self.columns)}
        self.labels = _incidence([[place[pair] for pair in row] for row in labels], len(self.columns))
        self.words = _incidence(
            [sorted({bucket_of(word) for word in words_of(text)}) for text in texts], BUCKETS
        )
        keys = [(str(one), str(two)) for one, two in zip(self.languages, self.versions, strict=True)]
        self.members = {key: np.array([one == key for one in keys]) for key in sorted(set(keys))}

    def __len__(self) -> int:
        """Count the comments."""
        return len(self.languages)

    def profile(self, drawn: NDArray[np.int64]) -> WeekProfile:
        """Profile comments, by how often each was drawn."""
        slices = {}
        for key, members in self.members.items():
            times = drawn * members
            n = int(times.sum())
            if not n:
                continue
            counts: dict[str, dict[str, int]] = {}
            for (measure, label), count in zip(self.columns, times @ self.labels, strict=True):
                if count:
                    counts.setdefault(measure, {})[label] = int(count)
            known = self.vectors.any(axis=1) * times if key[1] else np.zeros_like(times)
            moments = {}
            if known.sum():
                sums, squares = known @ self.vectors, known @ np.square(self.vectors)
                moments["static"] = Moments(int(known.sum()), sums, squares)
            slices[key] = Slice(n, counts, n, np.asarray(times @ self.words).ravel(), moments)
        return WeekProfile(slices)


def _incidence(rows: Sequence[Sequence[int]], columns: int) -> Any:
    starts = np.cumsum([0, *map(len, rows)])
    flat = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    ones = np.ones(len(flat), dtype=np.int64)
    return sparse.csr_matrix((ones, flat, starts), shape=(len(rows), columns))


def make_pools(limit: int | None = None) -> dict[str, Pool]:
    """Analyse the corpus as it is, and as several faults leave it; the fast tier."""
    lines = [
        json.loads(line)
        for name in ("ja", "en")
        for line in (ROOT / "training" / "corpus" / f"{name}.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()[:limit]
    ]
    analyzer = load_analyzer(tier="fast")

    def pool(change: Callable[[str, str], str], soften: float = 1.0) -> Pool:
        texts = [change(line["text"], line["lang"]) for line in lines]
        bodies = [
            one.to_dict() for one in analyzer.analyze([Comment(str(n), t) for n, t in enumerate(texts)])
        ]
        if soften != 1.0:
            bodies = [_soften(body, soften) for body in bodies]
        vectors = analyzer.embedder.embed([normalize(text).text for text in texts]).astype(np.float64)
        return Pool(texts, bodies, vectors)

    return {
        "as it is": pool(lambda text, _: text),
        "product": pool(lambda text, lang: f"{text} {_PRODUCT[lang]}"),
        "mojibake": pool(lambda text, lang: _garble(text) if lang == "ja" else text),
        "cut": pool(lambda text, _: text[:20]),
        "unsure": pool(lambda text, _: text, soften=0.6),
    }


def _garble(text: str) -> str:
    """Read UTF-8 as if it were CP932, as Excel does."""
    return text.encode("utf-8").decode("cp932", errors="replace")


def _soften(body: dict[str, Any], power: float) -> dict[str, Any]:
    """Flatten the probabilities, the labels left as they are."""
    for name in ("sentiment", "intent") if "sentiment" in body else ():
        given = {label: chance**power for label, chance in body[name]["probabilities"].items()}
        total = sum(given.values())
        body[name]["probabilities"] = {label: chance / total for label, chance in given.items()}
    return body


@dataclass(frozen=True, slots=True)
class Stream:
    """How a stream comes about.

    Parameters
    ----------
    size : int
        Comments of a usual week; 0 draws each week's size between 50 and 5,000.
    topics_vary : float
        Standard deviation of the logarithm of a topic's weight, drawn anew each week.
    languages_vary : float
        The same for a language's weight.
    a_customer : float
        Comments that a customer sends on average; all of one customer are of one topic and language.
    """

    size: int
    topics_vary: float = 0.0
    languages_vary: float = 0.0
    a_customer: float = 1.0


@dataclass(frozen=True, slots=True)
class Drift:
    """What is planted; `amount` is the share of comments that it concerns, reached after `weeks`."""

    kind: str
    amount: float
    weeks: int = 1


def draw_year(
    pools: Mapping[str, Pool], stream: Stream, rng: np.random.Generator, drift: Drift | None = None
) -> list[Week]:
    """Draw 52 weeks."""
    base = pools["as it is"]
    weeks = []
    usual = rng.dirichlet(np.full(base.topics.max() + 1, 2.0))  # each year is of another company
    for number in range(52):
        grown = 0.0
        if drift is not None and number >= PLANTED_AT:
            grown = drift.amount * min(1.0, (number - PLANTED_AT + 1) / drift.weeks)
        size = stream.size or int(np.exp(rng.uniform(np.log(50), np.log(5000))))
        size = max(int(rng.normal(size, 0.15 * size)), 20)
        weights = usual[base.topics] * np.exp(rng.normal(0, stream.topics_vary, len(usual)))[base.topics]
        swing = np.exp(rng.normal(0, stream.languages_vary))
        weights = weights * np.where(base.languages == "ja", swing, 1.0)
        weights = _tilt(base, weights / weights.sum(), drift, grown)
        drawn = _draw(base, weights, size, stream.a_customer, rng)
        profile = base.profile(drawn)
        if drift is not None and drift.kind in pools and grown:
            hit = rng.binomial(drawn, grown)
            profile = base.profile(drawn - hit) + pools[drift.kind].profile(hit)
        weeks.append(Week(MONDAY + timedelta(weeks=number), profile))
    return weeks


def _tilt(base: Pool, weights: NDArray[Any], drift: Drift | None, grown: float) -> NDArray[Any]:
    """Raise the share of some comments by `grown`."""
    if drift is None or not grown or drift.kind not in ("language", "complaints", "topic"):
        return weights
    chosen = {
        "language": base.languages == "en",
        "complaints": base.intents == "complaint",
        "topic": base.topics == 3,
    }[drift.kind]
    share = weights[chosen].sum()
    wanted = min(share + grown, 0.98)
    return np.where(chosen, weights * wanted / share, weights * (1 - wanted) / (1 - share))


def _draw(
    base: Pool, weights: NDArray[Any], size: int, a_customer: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw comments; a customer who writes several writes them of one topic, in one language."""
    drawn = np.zeros(len(base), dtype=np.int64)
    first = rng.choice(len(base), size=max(int(size / a_customer), 1), p=weights)
    np.add.at(drawn, first, 1)
    if a_customer > 1:
        more = rng.geometric(1 / a_customer, size=len(first)) - 1
        cells = base.topics * 4 + np.unique(base.languages, return_inverse=True)[1]
        order = np.argsort(cells, kind="stable")
        starts = np.searchsorted(cells[order], cells[first], side="left")
        ends = np.searchsorted(cells[order], cells[first], side="right")
        again = np.repeat(np.arange(len(first)), more)
        places = starts[again] + (rng.random(len(again)) * (ends - starts)[again]).astype(np.int64)
        np.add.at(drawn, order[places], 1)
    return drawn
