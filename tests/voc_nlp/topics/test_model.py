"""Themes by frozen centroids: one rule before saving and after loading."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voc_nlp.toys import ToyEncoder
from training.data.corpus import read_corpus
from voc_nlp.errors import TamperedArtifactError, UnknownFormatError
from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.model import Theme, ThemeModel, take_out

# Four themes, what no theme is about, a circumstance.
DIMENSION = 8
REST = slice(4, 7)
CIRCUMSTANCE = 7


def theme(number: int) -> Theme:
    label = {"ja": f"話題{number}", "en": f"theme {number}"}
    return Theme(f"t{number}", label, 10 * number, {"ja": (f"語{number}",), "en": (f"word{number}", "more")})


def model(threshold: float = 0.5, probe: list[float] | None = None) -> ThemeModel:
    """Build themes whose centroids are the first axes; the last axis is a circumstance."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    themes = [theme(number) for number in range(4)]
    return ThemeModel(
        themes, axes[:4], axes[CIRCUMSTANCE:], threshold=threshold, encoder="e/1", seed=3, probe=probe
    )


def vector(*values: float) -> NDArray[np.float32]:
    """Build a unit vector of these cosines to the themes."""
    found = np.zeros((1, DIMENSION), dtype=np.float32)
    found[0, :4] = values
    found[0, REST] = np.sqrt((1 - np.square(values).sum()) / 3)
    return found


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ((1, 0, 0, 0), ["t0"]),
        ((0, 0.9, 0, 0), ["t1"]),
        # nearly as near: within 0.05 of the best
        ((0.68, 0.7, 0, 0), ["t1", "t0"]),
        ((0.65, 0.71, 0, 0), ["t1"]),
        # equally near: the first theme first
        ((0.6, 0.6, 0, 0), ["t0", "t1"]),
        # at most three
        ((0.5, 0.5, 0.5, 0.5), ["t0", "t1", "t2"]),
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
    nothing = np.zeros((0, DIMENSION), dtype=np.float32)
    assert model().assign(nothing) == []
    assert model().assign(np.zeros((1, DIMENSION), dtype=np.float32)) == [()]
    empty = ThemeModel([], nothing, nothing, threshold=0.5, encoder="e", seed=0)
    assert empty.assign(vector(1, 0, 0, 0)) == [()]


def test_saved_and_loaded_it_assigns_the_same(tmp_path: Path) -> None:
    before = model(threshold=0.3)
    before.save(tmp_path / "themes", name="mine", version="1.2.3")
    after = ThemeModel.load(tmp_path / "themes")
    vectors = np.random.default_rng(1).normal(size=(200, DIMENSION)).astype(np.float32)
    assert after.assign(vectors) == before.assign(vectors)
    assert 0 < sum(map(bool, after.assign(vectors))) < 200
    assert (after.themes, after.threshold, after.encoder, after.seed) == (before.themes, 0.3, "e/1", 3)


@pytest.mark.parametrize("amount", [0.0, 0.3, -0.8, 5.0])
def test_a_circumstance_changes_no_theme(amount: float) -> None:
    plain = vector(0.8, 0, 0, 0)
    told = plain.copy()
    told[0, CIRCUMSTANCE] = amount
    told /= np.linalg.norm(told)
    (found,) = model().assign(told)
    assert [match.id for match in found] == ["t0"]
    assert found[0].similarity == pytest.approx(0.8, abs=1e-6)


def test_a_circumstance_alone_has_no_theme() -> None:
    only = np.eye(DIMENSION, dtype=np.float32)[CIRCUMSTANCE:]
    assert model(threshold=0.01).assign(only) == [()]
    assert take_out(only, only).tolist() == [[0.0] * DIMENSION]


def test_take_out() -> None:
    generator = np.random.default_rng(4)
    directions = np.linalg.qr(generator.normal(size=(DIMENSION, 3)))[0].T.astype(np.float32)
    vectors = generator.normal(size=(50, DIMENSION)).astype(np.float32)
    before = vectors.copy()
    bare = take_out(vectors, directions)
    assert bare.dtype == np.float32
    assert bare @ directions.T == pytest.approx(np.zeros((50, 3)), abs=1e-5)
    assert np.linalg.norm(bare, axis=1) == pytest.approx(np.ones(50), abs=1e-6)
    assert take_out(bare, directions) == pytest.approx(bare, abs=1e-5)
    assert np.array_equal(vectors, before)
    alone = [take_out(vectors[row : row + 1], directions)[0] for row in range(50)]
    assert np.array_equal(np.stack(alone), bare)


def test_take_out_nothing() -> None:
    unit = vector(0.6, 0, 0, 0)
    assert take_out(unit, np.zeros((0, DIMENSION), dtype=np.float32)) == pytest.approx(unit, abs=1e-6)


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


@pytest.mark.parametrize("key", ["themes", "threshold", "encoder", "seed"])
def test_a_manifest_without_a_fact(tmp_path: Path, key: str) -> None:
    model().save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    del config[key]
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(UnknownFormatError, match=f"lacks {key}"):
        ThemeModel.load(tmp_path)


def test_themes_fit_the_encoder_that_they_were_fitted_with(tmp_path: Path) -> None:
    encoder = ToyEncoder(DIMENSION)
    model(probe=probe_encoder(encoder)).save(tmp_path)
    assert ThemeModel.load(tmp_path, encoder).probe == tuple(probe_encoder(encoder))
    assert ThemeModel.load(tmp_path).themes == model().themes
    # with the noise of another processor
    model(probe=[number + 0.001 for number in probe_encoder(encoder)]).save(tmp_path)
    ThemeModel.load(tmp_path, encoder)
    with pytest.raises(UnknownFormatError, match="fitted with 'e/1', and the encoder here is another"):
        ThemeModel.load(tmp_path, ToyEncoder(DIMENSION, seed=1))
    with pytest.raises(UnknownFormatError, match=r"of 8 numbers; the encoder here gives 5.*'e/1'"):
        ThemeModel.load(tmp_path, ToyEncoder(5))


def test_older_themes_have_no_probe_only_a_dimension(tmp_path: Path) -> None:
    model().save(tmp_path)
    assert "probe" not in json.loads((tmp_path / "config.json").read_text("utf-8"))
    assert ThemeModel.load(tmp_path, ToyEncoder(DIMENSION, seed=1)).probe is None
    with pytest.raises(UnknownFormatError, match="8 numbers; the encoder here gives 5"):
        ThemeModel.load(tmp_path, ToyEncoder(5))


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
