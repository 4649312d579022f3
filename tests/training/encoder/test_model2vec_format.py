"""The exported encoder gives our vectors in model2vec and in sentence-transformers."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from model2vec import StaticModel
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

from training.__main__ import main
from training.data.corpus import read_corpus
from voc_nlp.loading import load_embedder
from voc_nlp.text.normalize import normalize

ODD = [
    "UIがlaggyでlog inできない",
    "😡👍🏽 最悪!!",
    "価格は1,000円だった。",
    "  spaces   everywhere ",
    "line\nbreaks\r\nhere",
    "tab\tand\vmore\fspace",
    "全角　スペース",
    "DON'T SHOUT",
    "長い文。" * 400,
    "a long one " * 400,
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the shipped encoder."""
    folder = tmp_path_factory.mktemp("export") / "encoder"
    done = CliRunner().invoke(main, ["export", "encoder", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Take a bilingual sample, as the library normalises it, and what is odd."""
    rows = [row for lang in ("ja", "en") for row in read_corpus(lang)[::20]]
    return [normalize(row.text).text for row in rows] + ODD


def same(found: NDArray[np.float32], texts: list[str]) -> None:
    """Check that vectors are ours."""
    ours = load_embedder().embed(texts)
    assert found.shape == ours.shape
    assert np.abs(found - ours).max() < 1e-5


def test_in_model2vec(exported: Path, texts: list[str]) -> None:
    model = StaticModel.from_pretrained(exported)
    same(model.encode(texts), texts)
    assert not model.encode(["", " "]).any()


def test_in_sentence_transformers(exported: Path, texts: list[str]) -> None:
    model = SentenceTransformer(str(exported), device="cpu")
    same(model.encode(texts), texts)
    assert not model.encode(["", " "]).any()


def test_as_a_module_of_sentence_transformers(exported: Path, texts: list[str]) -> None:
    module = StaticEmbedding.from_model2vec(str(exported))
    same(SentenceTransformer(modules=[module]).encode(texts, normalize_embeddings=True), texts)


def test_the_card_states_the_licence_of_the_weights(exported: Path) -> None:
    card = (exported / "README.md").read_text("utf-8")
    assert "license: cc-by-sa-4.0" in card
    assert StaticModel.from_pretrained(exported).language == ["ja", "en"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = CliRunner().invoke(main, ["export", "encoder", str(tmp_path)])
    assert done.exit_code == 1
    assert "is not empty" in done.output
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
