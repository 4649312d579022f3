"""The queue: doubtful first, no two alike, the same for the same candidates in any order."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.embedding import StaticEmbedder
from voc_nlp.labelling import Candidate, Chosen, Reason, choose
from voc_nlp.loading import read_tier, shipped_models

TEXTS = {
    "ja-late": "荷物が三日遅れて届きました。",
    "ja-late-again": "荷物が三日遅れて届きました。",
    "ja-staff": "店員さんがとても親切でした。",
    "ja-app": "アプリが起動しません。",
    "en-late": "The parcel came three days late.",
    "en-late-again": "The parcel came three days late.",
    "en-staff": "The staff were very kind.",
    "en-app": "The app does not start.",
}


def made(count: int, seed: int = 0, dimension: int = 8) -> list[Candidate]:
    generator = np.random.default_rng(seed)
    return [
        Candidate(f"c-{number}", *generator.random(2).tolist(), generator.normal(size=dimension).astype("f4"))
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def written() -> list[Candidate]:
    embedder = StaticEmbedder.load(shipped_models() / read_tier(shipped_models(), "fast")["encoder"])
    vectors = embedder.embed(list(TEXTS.values()))
    return [Candidate(name, 0.5, 0.5, vector) for name, vector in zip(TEXTS, vectors, strict=True)]


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(0, 30),
    wanted=st.integers(0, 35),
    seed=st.integers(0, 50),
    bare=st.sets(st.integers(0, 29)),
    labelled=st.integers(0, 5),
)
def test_any_order_gives_the_same(count: int, wanted: int, seed: int, bare: set[int], labelled: int) -> None:
    pool = [
        Candidate(one.id, one.uncertainty, one.disagreement) if place in bare else one
        for place, one in enumerate(made(count, seed))
    ]
    known = np.random.default_rng(seed + 1).normal(size=(labelled, 8)).astype("f4")
    found = choose(pool, wanted, labelled=known, seed=seed)
    shuffled = random.Random(seed).sample(pool, len(pool))
    assert found == choose(shuffled, wanted, labelled=known, seed=seed)
    assert len(found) == min(count, wanted)
    assert len({one.id for one in found}) == len(found)
    assert all(0 <= one.score <= 1 for one in found)


def test_duplicates_are_not_both_chosen(written: list[Candidate]) -> None:
    found = [one.id for one in choose(written, len(written))]
    assert len(found) == 6
    for name in ("ja-late", "en-late"):
        assert len({name, f"{name}-again"} & set(found)) == 1


def test_nothing_is_chosen_that_is_labelled_already(written: list[Candidate]) -> None:
    known = np.stack(
        [one.vector for one in written if one.id in ("ja-late", "en-app") and one.vector is not None]
    )
    found = {one.id for one in choose(written, len(written), labelled=known)}
    assert len(found) == 4
    assert not found & {"ja-late", "ja-late-again", "en-app"}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_another_subject_comes_before_the_same_again(written: list[Candidate], lang: str) -> None:
    own = [one for one in written if one.id.startswith(lang)]
    known = np.stack([one.vector for one in own if one.id == f"{lang}-late" and one.vector is not None])
    assert {one.id for one in choose(own, 2, labelled=known)} == {f"{lang}-staff", f"{lang}-app"}


def test_reasons() -> None:
    near, far = np.asarray([1.0, 0.1], dtype="f4"), np.asarray([0.0, 1.0], dtype="f4")
    known = np.asarray([[1.0, 0.0]], dtype="f4")
    pool = [
        *(Candidate(f"plain-{number}", 0.1, 0.1, near + number * np.float32(0.01)) for number in range(5)),
        Candidate("unsure", 1.0, 0.1, near - np.float32(0.03)),
        Candidate("apart", 0.1, 1.0, near - np.float32(0.05)),
        Candidate("new", 0.1, 0.1, far),
    ]
    found = {one.id: one.reason for one in choose(pool, len(pool), labelled=known)}
    assert found["unsure"] is Reason.UNCERTAIN
    assert found["apart"] is Reason.TIERS_DISAGREE
    assert found["new"] is Reason.UNLIKE_THE_OTHERS


def test_the_more_doubtful_of_two_that_are_equally_new() -> None:
    pool = [Candidate("a", 0.2, 0.2), Candidate("b", 0.9, 0.9), Candidate("c", 0.5, 0.5)]
    assert [one.id for one in choose(pool, 2)] == ["b", "c"]


def test_the_seed_decides_between_equals() -> None:
    pool = [Candidate(f"c-{number}", 0.5, 0.5) for number in range(20)]
    assert choose(pool, 5, seed=1) == choose(pool, 5, seed=1)
    assert len({tuple(one.id for one in choose(pool, 5, seed=seed)) for seed in range(5)}) > 1


def test_nothing_to_choose_from() -> None:
    assert choose([], 5) == []
    assert choose([], 5, labelled=np.ones((1, 8), dtype="f4")) == []
    assert choose(made(3), 0) == []


@pytest.mark.parametrize(
    ("pool", "count", "message"),
    [
        (made(2), -1, "count is -1"),
        ([Candidate("a", 0, 0), Candidate("a", 1, 1)], 1, "'a' is there twice"),
        ([Candidate("a", 1.2, 0)], 1, "expected both from 0 to 1"),
        ([Candidate("a", float("nan"), 0)], 1, "expected both from 0 to 1"),
        ([*made(1), *(Candidate("x", 0, 0, np.ones(3, dtype="f4")),)], 1, "expected one shape"),
    ],
)
def test_what_cannot_be_used(pool: list[Candidate], count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose(pool, count)


def test_labelled_vectors_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"expected \(m, 8\)"):
        choose(made(2), 1, labelled=np.ones((1, 3), dtype="f4"))


def test_scores_fall() -> None:
    scores = [one.score for one in choose(made(40), 40)]
    assert scores == sorted(scores, reverse=True)
    assert isinstance(choose(made(1), 1)[0], Chosen)


def test_one_that_stands_for_many_comes_before_one_that_is_like_nothing_else() -> None:
    generator = np.random.default_rng(0)
    crowd = (np.asarray([1.0, 0, 0, 0]) + generator.normal(size=(30, 4)) * 0.1).astype("f4")
    pool = [Candidate(f"many-{number}", 0.5, 0.5, vector) for number, vector in enumerate(crowd)]
    pool.append(Candidate("odd", 0.6, 0.6, np.asarray([0, 0, 1, 0], dtype="f4")))
    found = [one.id for one in choose(pool, 2)]
    assert found[0].startswith("many")
    assert found[1] == "odd"  # once the many are spoken for


def test_more_candidates_than_are_weighed_by() -> None:
    pool = made(2500, dimension=4)
    found = choose(pool, 5)
    assert len({one.id for one in found}) == 5
    assert found == choose(pool[::-1], 5)


def test_without_a_second_answer_uncertainty_speaks_alone() -> None:
    pool = [Candidate("sure", 0.2, None), Candidate("agreed", 0.8, 0.0), Candidate("unsure", 0.7, None)]
    found = choose(pool, 3)
    assert [one.id for one in found] == ["unsure", "agreed", "sure"]
    assert Reason.TIERS_DISAGREE not in {one.reason for one in found}
