"""Themes by frozen prototypes: one rule before saving and after loading."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voc_nlp.toys import ToyEncoder
from training.data.corpus import read_corpus
from voc_nlp.artifacts import write_folder
from voc_nlp.errors import InputError, MissingArtifactError, TamperedArtifactError, UnknownFormatError
from voc_nlp.loading import load_embedder, shipped_models
from voc_nlp.schema import Language, ThemeMatch
from voc_nlp.sentence_encoder import probe_encoder
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.text.normalize import normalize
from voc_nlp.topics.editing import add_group, correct, move
from voc_nlp.topics.lineage import Descent, DescentKind
from voc_nlp.topics.model import THEMES_KIND, ThemeModel
from voc_nlp.topics.theme import Theme

# Four themes, what no theme is about, what comments in Japanese have in common.
DIMENSION = 8
REST = slice(4, 7)
JAPANESE = 7


def theme(number: int) -> Theme:
    label = {"ja": f"話題{number}", "en": f"theme {number}"}
    return Theme(f"t{number}", label, 10 * number, {"ja": (f"語{number}",), "en": (f"word{number}", "more")})


def model(threshold: float = 0.5, probe: list[float] | None = None) -> ThemeModel:
    """Build themes whose prototypes are the first axes; the last axis is what Japanese comments share."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    themes = [theme(number) for number in range(4)]
    centers = np.stack([axes[JAPANESE], np.zeros(DIMENSION, dtype=np.float32)])
    return ThemeModel(themes, axes[:4], centers, threshold=threshold, encoder="e/1", seed=3, probe=probe)


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
    plain = replace(model(), centers=np.zeros((2, DIMENSION), dtype=np.float32))
    japanese, english = plain.assign(vectors, [Language.JA, Language.EN])
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


def test_what_a_language_shares_is_taken_off() -> None:
    plain = vector(0.8, 0, 0, 0)
    japanese = plain.copy()
    japanese[0, JAPANESE] = 1
    ((ours,), (theirs,)) = (
        model().assign(japanese, [Language.JA])[0],
        model().assign(plain, [Language.EN])[0],
    )
    assert (ours.id, theirs.id) == ("t0", "t0")
    assert ours.similarity == pytest.approx(0.8, abs=1e-6)
    assert theirs.similarity == pytest.approx(0.8, abs=1e-6)
    assert model().assign(japanese, [Language.EN])[0][0].similarity < 0.6


def test_what_a_language_shares_is_no_theme() -> None:
    only = np.eye(DIMENSION, dtype=np.float32)[JAPANESE:]
    assert model(threshold=0.01).assign(only, [Language.JA]) == [()]


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
    path = tmp_path / "prototypes.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(TamperedArtifactError, match=r"sha256.*write or download the model folder again"):
        ThemeModel.load(tmp_path)
    path.unlink()
    with pytest.raises(MissingArtifactError, match="Write or download the model folder again"):
        ThemeModel.load(tmp_path)


def test_a_newer_format(tmp_path: Path) -> None:
    model().save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "format": 99}), "utf-8")
    with pytest.raises(UnknownFormatError, match=r"states format 99.*Update the program"):
        ThemeModel.load(tmp_path)


def test_a_folder_of_the_older_shape(tmp_path: Path) -> None:
    facts, arrays = model().to_parts()
    tensors = {"centroids": {"centroids": arrays["prototypes"], "circumstances": arrays["centers"]}}
    write_folder(tmp_path, kind=THEMES_KIND, name="themes", version="1.0.0", tensors=tensors, facts=facts)
    with pytest.raises(UnknownFormatError, match=r"holds centroids.safetensors; .*fit them again"):
        ThemeModel.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("owners", [1, 0, 2, 3], "do not belong to the themes one after the other"),
        ("owners", [0, 1, 2, 4], "do not belong to the themes"),
        ("owners", [-1, 1, 2, 3], "do not belong to the themes"),
        ("owners", [0, 1, 2], "3 owners"),
        ("prototypes", np.full((4, DIMENSION), np.nan), "not finite"),
        ("prototypes", np.ones(4), "not of one dimension"),
        ("centers", np.full((2, DIMENSION), np.inf), "not finite"),
        ("centers", np.ones((1, 3)), "not of one dimension"),
    ],
)
def test_arrays_that_cannot_be(name: str, value: Any, fault: str) -> None:
    facts, arrays = model().to_parts()
    with pytest.raises(UnknownFormatError, match=f"{fault}.*Fit the themes again"):
        ThemeModel.from_parts(facts, {**arrays, name: np.asarray(value)}, "folder")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"threshold": float("nan")}, "the threshold is nan"),
        ({"threshold": "high"}, "the threshold is 'high'"),
        ({"corrections": {"c1": "t9"}}, "given to 't9', which is none of the themes"),
        ({"history": [{"revision": 1}]}, "cannot be read .KeyError"),
        ({"history": 3}, "cannot be read .TypeError"),
        ({"dictionary": {"words": []}}, "cannot be read .DictionaryError"),
        ({"themes": [{"id": "t0"}] * 4}, "cannot be read .KeyError"),
        ({"themes": [theme(0).to_dict()] * 4}, "do not belong to the themes|two themes have one id"),
        ({"themes": [{**theme(n).to_dict(), "parent": f"t{n ^ 1}"} for n in range(4)]}, "below itself"),
        ({"themes": [{**theme(n).to_dict(), "parent": "x"} for n in range(4)]}, "below 'x', which is none"),
        ({"themes": [{**theme(n).to_dict(), "kind": "x"} for n in range(4)]}, "cannot be read .ValueError"),
        ({"themes": [{**theme(n).to_dict(), "label": {"ja": "x"}} for n in range(4)]}, "lacks its name"),
    ],
)
def test_facts_that_cannot_be(changes: dict[str, Any], fault: str) -> None:
    facts, arrays = model().to_parts()
    with pytest.raises(UnknownFormatError, match=f"{fault}.*(?s:.)*Fit the themes again"):
        ThemeModel.from_parts({**facts, **changes}, arrays, "folder")


def test_arrays_that_are_missing() -> None:
    facts, arrays = model().to_parts()
    del arrays["owners"]
    with pytest.raises(UnknownFormatError, match="lacks owners"):
        ThemeModel.from_parts(facts, arrays)


def test_all_of_a_model_is_saved(tmp_path: Path) -> None:
    edited, group = add_group(model(), {"ja": "大分類", "en": "group"})
    edited = correct(move(edited, "t1", group.id), "c1", "t2")
    edited = replace(
        edited,
        dictionary=Dictionary(synonyms={"宅配": "配送"}),
        history=[
            *edited.history,
            Descent(9, "t7", DescentKind.VANISHED, {"t7": 0.0}, {"ja": "旧", "en": "old"}),
        ],
        receipt={"seed": 3, "settings": {"most_themes": None}},
    )
    edited.save(tmp_path)
    loaded = ThemeModel.load(tmp_path)
    facts, arrays = edited.to_parts()
    again_facts, again_arrays = loaded.to_parts()
    assert json.dumps(again_facts) == json.dumps(facts)
    assert {key: one.tobytes() for key, one in again_arrays.items()} == {
        key: one.tobytes() for key, one in arrays.items()
    }
    assert loaded.history == edited.history
    assert loaded.revision == 4


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_not_finite(value: float) -> None:
    vectors = np.concatenate([vector(1, 0, 0, 0)] * 3)
    vectors[1, 2] = value
    with pytest.raises(InputError, match="1 of 3 vectors hold NaN or infinity, the first at place 1"):
        model().assign(vectors)


def test_vectors_of_another_length() -> None:
    with pytest.raises(InputError, match=r"shape \(2, 5\) were given; expected \(n, 8\)"):
        model().assign(np.ones((2, 5), dtype=np.float32))


def test_any_batch_gives_the_same() -> None:
    vectors = np.random.default_rng(1).normal(size=(20_000, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    languages = [Language.JA, Language.EN] * 10_000
    themes = model(threshold=0.2)
    together = themes.assign(vectors, languages)
    places = range(0, 20_000, 97)
    assert [themes.assign(vectors[row : row + 1], languages[row : row + 1])[0] for row in places] == [
        together[row] for row in places
    ]
    parts = [
        themes.assign(vectors[row : row + 333], languages[row : row + 333]) for row in range(0, 20_000, 333)
    ]
    assert [found for part in parts for found in part] == together


@pytest.mark.parametrize("most", [0, 1, 2, 4, 9])
def test_as_many_themes_as_are_asked_for(most: int) -> None:
    (found,) = model().assign(vector(0.5, 0.5, 0.5, 0.5), most=most)
    assert [match.id for match in found] == ["t0", "t1", "t2", "t3"][:most]


def test_a_theme_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no theme 't9' among the 4; list them"):
        model().find("t9")


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
