"""Themes by frozen centroids: one rule before saving and after loading."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.corpus import read_corpus
from voc_nlp.errors import TamperedArtifactError, UnknownFormatError
from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.model import Theme, ThemeModel


def theme(number: int) -> Theme:
    label = {"ja": f"話題{number}", "en": f"theme {number}"}
    return Theme(f"t{number}", label, 10 * number, {"ja": (f"語{number}",), "en": (f"word{number}", "more")})


def model(threshold: float = 0.5, count: int = 4) -> ThemeModel:
    """Build themes whose centroids are the axes."""
    centroids = np.eye(count, dtype=np.float32)
    return ThemeModel([theme(n) for n in range(count)], centroids, threshold=threshold, encoder="e/1", seed=3)


def vector(*values: float) -> NDArray[np.float32]:
    return np.asarray([values], dtype=np.float32)


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ((1, 0, 0, 0), ["t0"]),
        ((0, 0.9, 0, 0), ["t1"]),
        # nearly as near: within 0.05 of the best
        ((0.7, 0.72, 0, 0), ["t1", "t0"]),
        ((0.7, 0.76, 0, 0), ["t1"]),
        # equally near: the first theme first
        ((0.6, 0.6, 0, 0), ["t0", "t1"]),
        # at most three
        ((0.6, 0.6, 0.6, 0.6), ["t0", "t1", "t2"]),
        # a runner-up below the threshold is none
        ((0.51, 0.49, 0, 0), ["t0"]),
        ((0.5, 0, 0, 0), ["t0"]),
        ((0.49, 0, 0, 0), []),
        ((0, 0, 0, 0), []),
        ((-1, 0, 0, 0), []),
    ],
)
def test_assignment(values: tuple[float, ...], ids: list[str]) -> None:
    (found,) = model().assign(vector(*values))
    assert [match.id for match in found] == ids
    assert [match.similarity for match in found] == sorted((m.similarity for m in found), reverse=True)


def test_the_label_is_in_the_comments_language() -> None:
    vectors = np.concatenate([vector(1, 0, 0, 0)] * 2)
    japanese, english = model().assign(vectors, [Language.JA, Language.EN])
    assert japanese == (ThemeMatch("t0", "話題0", 1.0),)
    assert english == (ThemeMatch("t0", "theme 0", 1.0),)
    assert model().assign(vectors)[0][0].label == "theme 0"


def test_nothing_to_assign() -> None:
    assert model().assign(np.zeros((0, 4), dtype=np.float32)) == []
    empty = ThemeModel([], np.zeros((0, 4), dtype=np.float32), threshold=0.5, encoder="e", seed=0)
    assert empty.assign(vector(1, 0, 0, 0)) == [()]


def test_saved_and_loaded_it_assigns_the_same(tmp_path: Path) -> None:
    before = model(threshold=0.3)
    before.save(tmp_path / "themes", name="mine", version="1.2.3")
    after = ThemeModel.load(tmp_path / "themes")
    vectors = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    assert after.assign(vectors) == before.assign(vectors)
    assert (after.themes, after.threshold, after.encoder, after.seed) == (before.themes, 0.3, "e/1", 3)


def test_the_published_shape() -> None:
    assert theme(2).to_dict() == {
        "id": "t2",
        "label": {"ja": "話題2", "en": "theme 2"},
        "size": 20,
        "keywords": {"ja": ["語2"], "en": ["word2", "more"]},
    }


def test_facts_that_do_not_fit_the_arrays(tmp_path: Path) -> None:
    model().save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    config["themes"].pop()
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(UnknownFormatError, match="3 themes and holds 4"):
        ThemeModel.load(tmp_path)


def test_changed_arrays(tmp_path: Path) -> None:
    model().save(tmp_path)
    path = tmp_path / "centroids.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(TamperedArtifactError, match="sha256"):
        ThemeModel.load(tmp_path)


def test_the_shipped_themes() -> None:
    shipped = ThemeModel.load(shipped_models() / "themes" / "1.0.0")
    assert len(shipped.themes) >= 10
    assert len({one.id for one in shipped.themes}) == len(shipped.themes)
    for one in shipped.themes:
        assert set(one.label) == set(one.keywords) == {"ja", "en"}
        assert all(one.label.values())
        assert one.size > 0


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_most_of_the_corpus_has_a_shipped_theme(lang: str) -> None:
    shipped = ThemeModel.load(shipped_models() / "themes" / "1.0.0")
    texts = [normalize(row.text).text for row in read_corpus(lang)[:500]]
    found = shipped.assign(load_embedder().embed(texts))
    assert sum(map(bool, found)) > 0.7 * len(texts)
