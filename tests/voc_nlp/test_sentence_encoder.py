"""A sentence encoder in place of the static one's vectors: what it reads, and that heads fit it."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import voc_nlp.sentence_encoder
from tests.voc_nlp.toys import ToyEncoder, toy_embedder, toy_ngrams
from voc_nlp import Analysis, load_analyzer
from voc_nlp.embedding import Embedder
from voc_nlp.errors import UnknownFormatError
from voc_nlp.features import Featurizer
from voc_nlp.loading import encoder_name, load_embedder, shipped_models
from voc_nlp.sentence_encoder import check_encoder, describe_encoder, name_encoder, probe_encoder
from voc_nlp.topics.model import ThemeModel

TEXTS = ["Late Delivery, kind", "", "配送が遅い。 Late", " \n "]
HEADS = ("sentiment", "routing")
TIER = """[tiers.default]
version = "9.9"
encoder = "encoder/1.0.0"
ngrams = "ngrams/1.0.0"
sentiment = "sentiment/1.0.0"
routing = "routing/1.0.0"
themes = "themes/1.0.0"
"""


@pytest.mark.parametrize(
    ("stretch", "text"),
    [
        ((0, 0, 99), "Late Delivery, kind"),
        ((0, 0, 4), "Late"),
        ((0, 4, 13), "Delivery"),
        ((0, 3, 3), ""),
        ((1, 0, 9), ""),
        ((2, 0, 6), "配送が遅い。"),
        ((2, 6, 99), "Late"),
        ((3, 0, 9), ""),
    ],
)
def test_the_text_of_a_stretch_keeps_its_capitals(stretch: tuple[int, int, int], text: str) -> None:
    pieces = toy_embedder().pieces(TEXTS)
    start, end = stretch[1:]
    assert pieces.stretches([stretch[0]], [start], [end]).texts() == [text]
    # the same among others
    among = pieces.stretches([0, stretch[0], 2], [0, start, 0], [4, end, 2])
    assert among.texts() == ["Late", text, "配送"]


def test_the_encoder_gives_the_vectors_and_nothing_else() -> None:
    embedder, encoder = toy_embedder(), ToyEncoder()
    stretches = embedder.pieces(TEXTS).whole()
    plain = Featurizer(embedder, toy_ngrams()).featurize(stretches)
    found = Featurizer(embedder, toy_ngrams(), encoder).featurize(stretches)
    assert encoder.asked == ["Late Delivery, kind", "", "配送が遅い。 Late", ""]
    assert np.array_equal(found.vectors, ToyEncoder().embed(encoder.asked))
    assert np.array_equal(found.ngrams, plain.ngrams)
    assert np.array_equal(found.values, plain.values)
    assert len(found) == len(plain) == 4


def test_heads_fit_the_encoder_that_they_were_learnt_with() -> None:
    encoder = ToyEncoder(64)
    config = json.loads(json.dumps({"sentence_encoder": describe_encoder("toy", encoder)}))
    check_encoder(Path("heads"), config, "toy", encoder)
    # by another path, and with the noise of another processor
    config["sentence_encoder"]["probe"] = [n + 0.001 for n in config["sentence_encoder"]["probe"]]
    check_encoder(Path("heads"), config, "/elsewhere/toy", encoder)
    check_encoder(Path("heads"), {}, "", None)


@pytest.mark.parametrize(
    ("learnt", "encoder", "parts"),
    [
        (ToyEncoder(64), None, ["'old'", "names none", "add sentence_encoder"]),
        (None, ToyEncoder(64), ["'new'", "static encoder", "training retrain --encoder new"]),
        (ToyEncoder(64), ToyEncoder(48), ["'new'", "48", "'old'", "64", "retrain"]),
        (ToyEncoder(64), ToyEncoder(64, seed=1), ["'new'", "is not the one", "'old'", "retrain"]),
    ],
)
def test_heads_of_another_encoder_are_refused(
    learnt: Embedder | None, encoder: Embedder | None, parts: list[str]
) -> None:
    config = {"sentence_encoder": describe_encoder("old", learnt)} if learnt else {}
    with pytest.raises(UnknownFormatError) as caught:
        check_encoder(Path("heads"), config, "new" if encoder else "", encoder)
    assert [part for part in parts if part not in str(caught.value)] == []


def models(folder: Path, facts: dict[str, Any], registry: str = TIER) -> Path:
    """Lay out a models folder: the shipped parts, the facts in the manifests of the heads.

    The themes forget what they were fitted with, so that any encoder of their length will do.
    """
    shipped = shipped_models()
    for part in ("encoder", "ngrams", "themes", "contextual", *HEADS):
        (folder / part).mkdir(parents=True)
        version = folder / part / "1.0.0"
        if part not in (*HEADS, "themes"):
            version.symlink_to(shipped / part / "1.0.0", target_is_directory=True)
            continue
        version.mkdir()
        for file in (shipped / part / "1.0.0").iterdir():
            if file.name != "config.json":
                (version / file.name).symlink_to(file)
        manifest = json.loads((shipped / part / "1.0.0" / "config.json").read_text("utf-8"))
        manifest.pop("probe", None)
        own = facts if part in HEADS else {}
        (version / "config.json").write_text(json.dumps({**manifest, **own}), "utf-8")
    (folder / "registry.toml").write_text(registry, "utf-8")
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, ToyEncoder]:
    """Open toy encoders in place of sentence-transformers models: by name, as long as the name says."""
    found: dict[str, ToyEncoder] = {}

    def fake(name: str, *, may_fetch: bool) -> ToyEncoder:
        assert not may_fetch, "loading never fetches"
        return found.setdefault(name, ToyEncoder(int(name.rpartition("-")[2])))

    monkeypatch.setattr(voc_nlp.sentence_encoder, "SentenceTransformerEmbedder", fake)
    return found


def test_a_tier_may_name_an_encoder(tmp_path: Path, opened: dict[str, ToyEncoder]) -> None:
    facts = {"sentence_encoder": describe_encoder("hub/toy-256", ToyEncoder(256))}
    folder = models(tmp_path, facts, TIER + 'sentence_encoder = "hub/toy-256"\n')
    analyzer = load_analyzer(folder)
    assert opened["hub/toy-256"].asked
    opened["hub/toy-256"].asked.clear()
    answers = analyzer.analyze(["The App is slow. Please help.", "配送が遅い。"])
    assert all(isinstance(answer, Analysis) for answer in answers)
    assert {"The App is slow. Please help.", "The App is slow.", "Please help.", "配送が遅い。"} <= set(
        opened["hub/toy-256"].asked
    )
    assert load_embedder(folder) is opened["hub/toy-256"]
    assert encoder_name(folder) == "hub/toy-256"


def test_a_path_within_the_models_folder(tmp_path: Path, opened: dict[str, ToyEncoder]) -> None:
    facts = {"sentence_encoder": describe_encoder("made/elsewhere", ToyEncoder(256))}
    folder = models(tmp_path, facts, TIER + 'sentence_encoder = "mine-256"\n')
    (folder / "mine-256").mkdir()
    load_analyzer(folder)
    assert list(opened) == [str(folder / "mine-256")]


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("registry", "facts", "part"),
    [
        (TIER, {"sentence_encoder": describe_encoder("toy-256", ToyEncoder(256))}, "names none"),
        (TIER + 'sentence_encoder = "toy-256"\n', {}, "static encoder"),
        (
            TIER + 'sentence_encoder = "toy-128"\n',
            {"sentence_encoder": describe_encoder("toy-256", ToyEncoder(256))},
            "128 numbers.*expects 256",
        ),
        (
            TIER + 'sentence_encoder = "toy-128"\n',
            {"sentence_encoder": describe_encoder("toy-128", ToyEncoder(128))},
            r"themes.1\.0\.0 compares vectors of 256 numbers; .* gives 128",
        ),
        (TIER + 'sentence_encoder = "toy-256"\ncontextual = "contextual/1.0.0"\n', {}, "name one of the two"),
    ],
)
def test_parts_that_do_not_fit(tmp_path: Path, registry: str, facts: dict[str, Any], part: str) -> None:
    with pytest.raises(UnknownFormatError, match=part):
        load_analyzer(models(tmp_path, facts, registry))


def test_themes_of_another_encoder_are_refused(tmp_path: Path) -> None:
    folder = models(tmp_path, {})
    shutil.rmtree(folder / "themes" / "1.0.0")
    ThemeModel(
        [], np.zeros((0, 3), np.float32), np.zeros((2, 3), np.float32), threshold=0, encoder="toy", seed=0
    ).save(folder / "themes" / "1.0.0")
    with pytest.raises(UnknownFormatError, match="compares vectors of 3 numbers"):
        load_analyzer(folder)


def test_themes_of_another_encoder_of_the_same_dimension_are_refused(tmp_path: Path) -> None:
    folder = models(tmp_path, {})
    shutil.rmtree(folder / "themes" / "1.0.0")
    encoder, nothing = ToyEncoder(256), np.zeros((0, 256), np.float32)
    centers = np.zeros((2, 256), np.float32)
    ThemeModel([], nothing, centers, threshold=0, encoder="toy", seed=0, probe=probe_encoder(encoder)).save(
        folder / "themes" / "1.0.0"
    )
    with pytest.raises(UnknownFormatError, match=r"themes.1\.0\.0 was fitted with 'toy'.*another vector"):
        load_analyzer(folder)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("hub/toy-256", "hub/toy-256"),
        ("toy-256", "toy-256"),
        ("inside/mine", "mine"),
        ("{folder}/inside/mine", "mine"),
        ("{folder}/not-there", "not-there"),
    ],
)
def test_a_path_is_named_by_its_last_part(tmp_path: Path, name: str, named: str) -> None:
    (tmp_path / "inside" / "mine").mkdir(parents=True)
    assert name_encoder(name.format(folder=tmp_path), tmp_path) == named
