"""Which n-grams the heads may know: counted by text, in the corpus and in all sources."""

from math import log

import numpy as np
import pytest

import voc_nlp.features
from tests.voc_nlp.toys import toy_embedder
from training.data.labelled import Labelled
from training.heads.ngrams import choose_ngrams
from voc_nlp.features import NgramVocabulary, hash_ngrams, slots_of


def row(text: str, source: str = "corpus") -> Labelled:
    return Labelled(text=text, lang="en" if text.isascii() else "ja", source=source, group="g")


def hashes(text: str) -> set[int]:
    """Hash the n-grams of one text."""
    return set(hash_ngrams(toy_embedder().pieces([text]).whole())[0].tolist())


def choose(rows: list[Labelled], own: int = 2, public: int = 3) -> dict[int, float]:
    """Choose n-grams; rarity by hash."""
    keys, idf = choose_ngrams(toy_embedder(), rows, least_texts=own, least_public_texts=public)
    assert (keys.dtype, idf.dtype) == (np.uint64, np.float16)
    assert keys.shape == idf.shape
    assert np.all(keys[1:] > keys[:-1]), "ascending, each once"
    return dict(zip(keys.tolist(), idf.tolist(), strict=True))


def test_in_enough_texts_of_the_corpus() -> None:
    found = choose([row("late"), row("late"), row("遅い")])
    assert set(found) == hashes("late")


def test_texts_are_counted_not_occurrences() -> None:
    assert choose([row("late late late"), row("遅い遅い")]) == {}
    assert set(choose([row("late late"), row("late")])) == hashes("late")


def test_in_enough_texts_of_all_sources() -> None:
    public = [row("kind", "web"), row("kind", "mams")]
    assert choose(public) == {}
    assert set(choose([*public, row("kind", "web")])) == hashes("kind")
    assert set(choose([*public, row("kind")])) == hashes("kind"), "the corpus counts among them"


@pytest.mark.parametrize(
    ("own", "public", "known"), [(1, 9, True), (2, 9, False), (9, 1, True), (9, 2, False)]
)
def test_either_is_enough(own: int, public: int, known: bool) -> None:
    assert set(choose([row("late")], own, public)) == (hashes("late") if known else set())


def test_rarity_is_that_of_the_corpus() -> None:
    authored = [row("late"), row("late late"), row("kind late"), row("遅い"), row("遅い"), row("delivery")]
    public = [row(text, "web") for text in ("遅い", "kind", "kind", "kind", "nonsense")]
    found = choose([*authored, *public])
    for text, count in (("late", 3), ("遅い", 2), ("kind", 1)):
        distinct = hashes(text) - set().union(*(hashes(o) for o in ("late", "遅い", "kind") if o != text))
        shared_with_others = hashes("delivery") | hashes("nonsense") | hashes("kind late") - hashes(text)
        checked = distinct - shared_with_others
        assert len(checked) >= 3
        assert [found[one] for one in checked] == pytest.approx(
            [log(7 / (1 + count)) + 1] * len(checked), abs=2e-3
        )


def test_what_only_others_say_is_as_rare_as_can_be() -> None:
    found = choose([row("late"), row("late"), *[row("kind", "web")] * 3])
    for text, rarity in (("kind", log(3 / 2) + 1), ("late", 1.0)):
        assert [found[one] for one in hashes(text)] == pytest.approx([rarity] * len(hashes(text)), abs=2e-3)


def test_texts_are_normalised_and_capitals_lowered() -> None:
    assert set(choose([row("ＬＡＴＥ"), row("late")])) == hashes("late")


def test_one_ngram_a_slot_the_commonest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of one word apart: every n-gram of theirs falls on one of four slots."""
    monkeypatch.setattr(voc_nlp.features, "_SLOT_BITS", 2)
    words = {"late": 4, "遅い": 3, "kind": 2}
    rows = [row(word) for word, count in words.items() for _ in range(count)] + [row("kind", "web")] * 9
    counts = {one: count for word, count in reversed(words.items()) for one in hashes(word)}
    found = choose(rows)
    keys = np.asarray(sorted(found), dtype=np.uint64)
    slots = slots_of(keys).tolist()
    every = np.asarray(sorted(counts), dtype=np.uint64)
    assert len(set(slots)) == len(slots) == len(set(slots_of(every).tolist())) < len(every)
    for key, slot in zip(keys.tolist(), slots, strict=True):
        rivals = every[slots_of(every) == slot].tolist()
        assert counts[key] == max(counts[rival] for rival in rivals), "the corpus decides, not the web"
    vocabulary = NgramVocabulary(keys, np.ones(len(keys), dtype=np.float16))
    assert vocabulary.find(keys, np.zeros(len(keys), dtype=np.int64))[0].tolist() == list(range(len(keys)))


def test_of_equally_common_ones_in_the_corpus_all_sources_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voc_nlp.features, "_SLOT_BITS", 0)
    rows = [row("late"), row("late"), row("kind"), row("kind")]
    assert set(choose([*rows, row("kind", "web")])) <= hashes("kind") - hashes("late")
    assert set(choose([*rows, row("late", "web")])) <= hashes("late") - hashes("kind")


@pytest.mark.parametrize("rows", [[], [row("")], [row(""), row(" ", "web")]])
def test_nothing_to_choose_from(rows: list[Labelled]) -> None:
    assert choose(rows, 1, 1) == {}
