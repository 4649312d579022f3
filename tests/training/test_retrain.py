"""Heads and themes on another sentence encoder, on a few comments: the whole folder, and what is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import training.runs
from training.__main__ import main
from training.config import TrainingConfig
from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.encoder.teacher import teacher_path
from training.heads.ngrams import choose_ngrams
from training.runs import train
from voc_nlp import Analysis, load_analyzer
from voc_nlp.artifacts import open_folder, write_folder
from voc_nlp.cli import run
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import NGRAMS_KIND
from voc_nlp.loading import load_embedder, read_tier, shipped_models

_EVERY = 60


def few(lang: str) -> list[Labelled]:
    """Take every sixtieth comment of the corpus: some of each writer."""
    return read_corpus(lang)[::_EVERY]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out a models folder to start from: the shipped encoder, the n-grams of the few comments."""
    folder = tmp_path_factory.mktemp("start")
    encoder = read_tier(shipped_models(), "default")["encoder"]
    (folder / encoder).parent.mkdir()
    (folder / encoder).symlink_to(shipped_models() / encoder, target_is_directory=True)
    keys, idf = choose_ngrams(
        StaticEmbedder.load(folder / encoder), [*few("ja"), *few("en")], least_texts=3, least_public_texts=9
    )
    arrays = {"ngrams": {"keys": keys, "idf": idf}}
    write_folder(folder / "ngrams" / "few", kind=NGRAMS_KIND, name="ngrams", version="few", tensors=arrays)
    (folder / "registry.toml").write_text(
        f'[tiers.default]\nversion = "1"\nencoder = "{encoder}"\nngrams = "ngrams/few"\n'
        'sentiment = "-"\nrouting = "-"\nthemes = "-"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def models(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Retrain with MiniLM by the one command, without public sets."""
    folder = tmp_path_factory.mktemp("retrained") / "models"
    command = ["retrain", "--encoder", str(teacher_path()), "--models", str(folder), "--start", str(start)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.runs, "read_corpus", few)
        done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    return folder


def test_the_folder_is_a_tier_that_analyses(models: Path) -> None:
    analyzer = load_analyzer(models)
    answers = analyzer.analyze(["配送が三日も遅れました。電話もつながりません。", "The staff were kind."])
    assert [answer.id for answer in answers] == ["1", "2"]
    for answer in answers:
        assert isinstance(answer, Analysis)
        assert answer.model_version == analyzer.model_version
        assert answer.model_version == "1-model"
    assert load_embedder(models).dimension == 384


@pytest.mark.parametrize("kind", ["sentiment", "routing"])
def test_heads_read_the_encoder_and_say_so(models: Path, kind: str) -> None:
    folder = open_folder(models / kind / "1.0.0", kind)
    assert folder.config["sentence_encoder"]["name"] == teacher_path().name
    assert folder.config["sentence_encoder"]["dimension"] == 384
    assert list(folder.config["sources"]) == list(folder.config["run"]["data"]) == ["corpus"]
    for head in folder.config["heads"]:
        assert folder.tensors(head)["vector_weights"].shape[0] == 384
    card = (folder.path / "README.md").read_text("utf-8")
    assert f"python -m training retrain --encoder {teacher_path().name} --models OUT_DIR`" in card
    assert "licence of its own" in card


def test_themes_are_fitted_with_the_encoder(models: Path) -> None:
    folder = open_folder(models / "themes" / "1.0.0", "themes")
    assert folder.config["encoder"] == teacher_path().name
    assert len(folder.config["probe"]) == 8
    assert folder.tensors("prototypes")["prototypes"].shape[1] == 384


def test_only_the_registry_holds_the_path(models: Path) -> None:
    holding = [
        file.relative_to(models).as_posix()
        for file in models.rglob("*")
        if file.suffix in (".json", ".md", ".toml") and str(teacher_path()) in file.read_text("utf-8")
    ]
    assert holding == ["registry.toml"]


def test_voc_analyze_takes_the_folder(models: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"text": "配送が遅い。"}\n{"text": "Refund me, please."}\n', encoding="utf-8"
    )
    out = tmp_path / "out.jsonl"
    assert run(["analyze", str(tmp_path / "in.jsonl"), str(out), "--models", str(models)]) == 0
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["language"] for line in lines] == ["ja", "en"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = CliRunner().invoke(main, ["retrain", "--encoder", "any", "--models", str(tmp_path)])
    assert done.exit_code == 1
    assert "is not empty" in done.output
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_is_no_encoder_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    done = CliRunner().invoke(
        main, ["retrain", "--encoder", str(tmp_path / "encoder"), "--models", str(tmp_path / "models")]
    )
    assert done.exit_code == 1
    assert "no sentence-transformers model" in done.output
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("kind", "sources", "part"),
    [
        ("sentiment", {"corpus": 1.0, "mams": 0.1}, "mams"),
        ("encoder", {}, "pairs of sentences"),
        ("contextual", {"corpus": 1.0}, "pairs of sentences"),
    ],
)
def test_public_sets_are_asked_for_where_they_are_needed(
    tmp_path: Path, kind: str, sources: dict[str, float], part: str
) -> None:
    with pytest.raises(ValueError, match=part):
        train(TrainingConfig(kind, "mine", "1.0.0", seed=1, sources=sources), None, tmp_path)
