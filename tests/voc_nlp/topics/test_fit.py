"""Fitting themes on a small made-up set: reproducible, bilingual, refused where there is too little."""

from pathlib import Path

import numpy as np
import pytest

from tests.voc_nlp.toys import ToyEncoder
from voc_nlp.errors import InputError, UnknownFormatError
from voc_nlp.loading import load_embedder
from voc_nlp.schema import Comment, Refusal
from voc_nlp.topics.assign import assign_comments
from voc_nlp.topics.editing import add_rule
from voc_nlp.topics.fit import fit_themes, split_theme
from voc_nlp.topics.model import ThemeModel

TEXTS = {
    "delivery": [
        "配送が三日も遅れて届いた",
        "荷物の配送が遅い",
        "配達の人が荷物を落とした",
        "宅配の配送状況が分からない",
        "荷物が届かない、配送が遅い",
        "The parcel delivery was late",
        "My parcel never arrived, slow delivery",
        "The courier dropped my parcel",
        "Delivery was late again",
        "No tracking for my parcel delivery",
    ],
    "food": [
        "料理が冷めていて味が薄い",
        "朝食のパンがおいしい",
        "ランチの料理がおいしかった",
        "味噌汁の味が濃い",
        "夕食の料理の量が少ない",
        "The breakfast was cold and the food bland",
        "Lovely food, tasty soup",
        "The lunch menu and the food were great",
        "The soup tasted of nothing",
        "Dinner portions are small, good food",
    ],
}


def comments() -> list[Comment]:
    texts = [text for pair in zip(*TEXTS.values(), strict=True) for text in pair]
    return [Comment(str(number), text) for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def fitted() -> ThemeModel:
    """Fit two themes."""
    return fit_themes(comments(), load_embedder(), seed=5, most_themes=2, encoder="encoder/1.0.0")


def test_the_two_subjects_are_told_apart_across_languages(fitted: ThemeModel) -> None:
    embedder = load_embedder()
    nearest = [
        [matches[0].id if matches else None for matches in fitted.assign(embedder.embed(texts))]
        for texts in TEXTS.values()
    ]
    firsts = [max(set(ids), key=ids.count) for ids in nearest]
    assert firsts[0] != firsts[1]
    assert None not in firsts
    assert all(ids.count(first) >= 8 for ids, first in zip(nearest, firsts, strict=True))


def test_themes_are_described_in_both_languages(fitted: ThemeModel) -> None:
    assert len(fitted.themes) == 2
    for theme in fitted.themes:
        assert theme.keywords["ja"]
        assert theme.keywords["en"]
        assert theme.label["ja"]
        assert theme.label["en"].isascii()
    words = {word for theme in fitted.themes for word in (*theme.keywords["ja"], *theme.keywords["en"])}
    assert any("配送" in word for word in words)
    assert any("food" in word for word in words)


def test_the_same_seed_gives_the_same_model(fitted: ThemeModel) -> None:
    again = fit_themes(comments(), load_embedder(), seed=5, most_themes=2, encoder="encoder/1.0.0")
    assert again.themes == fitted.themes
    assert again.threshold == fitted.threshold
    assert np.array_equal(again._centroids, fitted._centroids)


def test_saved_and_loaded_it_assigns_the_same(fitted: ThemeModel, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    vectors = load_embedder().embed([comment.text for comment in comments()])
    assert ThemeModel.load(tmp_path, load_embedder()).assign(vectors) == fitted.assign(vectors)


def test_it_knows_its_encoder(fitted: ThemeModel, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    assert fitted.encoder == "encoder/1.0.0"
    with pytest.raises(UnknownFormatError, match="another vector"):
        ThemeModel.load(tmp_path, ToyEncoder(load_embedder().dimension))


def test_sizes_and_threshold(fitted: ThemeModel) -> None:
    vectors = load_embedder().embed([comment.text for comment in comments()])
    assigned = sum(map(bool, fitted.assign(vectors)))
    assert assigned >= 0.9 * len(vectors)
    assert sum(theme.size for theme in fitted.themes) <= len(vectors)
    assert [theme.size for theme in fitted.themes] == sorted((t.size for t in fitted.themes), reverse=True)


def test_noise_and_unusable_comments_are_left_out(fitted: ThemeModel) -> None:
    noise = [
        Comment("x", "特になし"),
        Comment("y", ""),
        Comment("z", "a\0"),
        Comment("w", "hello", lang="fr"),
    ]
    again = fit_themes([*comments(), *noise], load_embedder(), seed=5, most_themes=2, encoder="encoder/1.0.0")
    assert again.themes == fitted.themes


def test_a_language_with_one_term_that_comes_back() -> None:
    japanese = ["配送が遅い", "配送は早い"]
    english = ["The soup was cold", "Soup again, lovely soup", *TEXTS["food"][5:], *TEXTS["delivery"][5:]]
    some = [Comment(str(number), text) for number, text in enumerate([*japanese, *english])]
    model = fit_themes(some, load_embedder(), most_themes=2)
    assert {word for theme in model.themes for word in theme.keywords["ja"]} == {"配送"}


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_comments(count: int) -> None:
    some = [*comments()[:count], *(Comment(str(n), "特になし") for n in range(20))]
    with pytest.raises(InputError, match=rf"{count} of {count + 20} comments are usable"):
        fit_themes(some, load_embedder())


def test_a_split_leaves_the_others_as_they_are(fitted: ThemeModel) -> None:
    first, second = (theme for theme in fitted.themes if theme.size)
    ruled, _ = add_rule(fitted, "NOT zebra", {"en": "all", "ja": "すべて"})
    found = assign_comments(ruled, comments(), load_embedder())
    inside = [
        comment
        for comment, themes in zip(comments(), found, strict=True)
        if not isinstance(themes, Refusal) and first.id in [one.id for one in themes]
    ]
    divided = split_theme(ruled, first.id, [*inside, *inside], load_embedder())
    parts = [theme for theme in divided.themes if theme.parent == first.id]
    assert len(parts) == 2
    assert all(part.size and part.representatives for part in parts)
    assert divided.find(second.id) == second
