"""A customer's own taxonomy in one command: answered, twice the same, and the folder says what it is."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import training.own
import training.runs
from tests.training.conftest import SAMPLE, few, lay_out
from training.__main__ import main
from training.config import TrainingConfig, read_config
from training.data.corpus import read_corpus
from training.data.labelled_file import read_labelled
from training.data.splits import split_labelled
from training.encoder.teacher import teacher_path
from training.own import KINDS, train_models
from voc_nlp import Analysis, load_analyzer
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import CONTEXTUAL_KIND
from voc_nlp.errors import TamperedArtifactError
from voc_nlp.loading import read_tier, shipped_models, trained_departments
from voc_nlp.routing.model import ROUTING_KIND


@pytest.fixture(autouse=True)
def small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.own, "read_split", few)


def config_for(*files: Path) -> TrainingConfig:
    return replace(read_config("own_taxonomy"), files={str(file): 1.0 for file in files})


def write_rows(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_it_routes_to_the_own_departments(own_models: Path) -> None:
    assert trained_departments(own_models) == ("exhibits", "shop_cafe", "ticketing")
    learnt = split_labelled(read_labelled(SAMPLE).rows).train
    answers = load_analyzer(own_models).analyze([row.text for row in learnt])
    owners = [one.departments[0].id for one in answers if isinstance(one, Analysis) and one.departments]
    assert set(owners) == {"exhibits", "shop_cafe", "ticketing"}


def test_heads_that_were_not_taught_are_the_same(own_models: Path) -> None:
    own = open_folder(own_models / "routing" / "own-1", ROUTING_KIND).config["files"]
    shipped = open_folder(shipped_models() / "routing" / "1.0.0", ROUTING_KIND).config["files"]
    assert {name for name in shipped if own[name] == shipped[name]} == {
        "churn.safetensors", "intent.safetensors", "urgency.safetensors",
    }  # fmt: skip


def test_probabilities_were_calibrated(own_models: Path) -> None:
    config = open_folder(own_models / "routing" / "own-1", ROUTING_KIND).config
    assert config["heads"]["owner"]["temperature"] not in (0.1, 1.0, 10.0)


def test_the_folder_says_what_it_is_made_of(own_models: Path) -> None:
    config = open_folder(own_models / "routing" / "own-1", ROUTING_KIND).config
    ((name, file),) = config["run"]["files"].items()
    assert name == SAMPLE.name
    assert (file["comments"], file["skipped"], file["erased"]) == (72, 0, 0)
    assert set(config["run"]["machine"]) == {"system", "architecture", "cpu"}
    assert set(config["run"]["packages"]) >= {"numpy", "scikit-learn", "torch"}
    assert config["taught"] == ["departments", "owner"]
    assert str(SAMPLE.parent) not in json.dumps(dict(config))
    card = (own_models / "routing" / "own-1" / "README.md").read_text("utf-8")
    assert "Taken over unchanged: intent, urgency, churn." in card
    assert "Own classes of owner: exhibits, shop_cafe, ticketing, none." in card
    assert "| own_taxonomy.csv | a labelled file of the customer's" in card
    assert "--labels own_taxonomy.csv --out DIR" in card
    assert "Erased persons" not in card


def test_twice_the_same_is_byte_equal(own_models: Path, start: Path, tmp_path: Path) -> None:
    train_models(config_for(SAMPLE), None, start, tmp_path / "again")
    files = sorted(path.relative_to(own_models) for path in own_models.rglob("*") if path.is_file())
    assert files == sorted(
        p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*") if p.is_file()
    )
    different = [f for f in files if (own_models / f).read_bytes() != (tmp_path / "again" / f).read_bytes()]
    assert different == []


def test_the_default_tier_keeps_its_network_for_the_rest(tmp_path: Path) -> None:
    train_models(config_for(SAMPLE), None, shipped_models(), tmp_path / "out")
    parts = read_tier(tmp_path / "out", "default")
    assert parts["contextual"] == "contextual/1.0.0-own-1"
    assert not read_tier(tmp_path / "out", "fast")["contextual"]
    config = open_folder(tmp_path / "out" / parts["contextual"], CONTEXTUAL_KIND).config
    assert config["carried_over"] == {
        "from": "1.0.0",
        "left_out": ["departments", "owner"],
        "weighed_again": [],
    }
    assert "abstain_below" not in config["thresholds"]
    card = (tmp_path / "out" / parts["contextual"] / "README.md").read_text("utf-8")
    assert "Left out, since the classes are the customer's own: departments, owner." in card
    text = "音声ガイドが途中で止まった。"
    (own,), (shipped,) = (load_analyzer(folder).analyze([text]) for folder in (tmp_path / "out", None))
    assert isinstance(own, Analysis)
    assert isinstance(shipped, Analysis)
    assert (own.sentiment, own.urgency, own.churn) == (shipped.sentiment, shipped.urgency, shipped.churn)
    assert {one.id for one in own.departments} <= {"exhibits", "shop_cafe", "ticketing"}


def test_corrections_of_the_shipped_classes_weigh_the_network_again(tmp_path: Path) -> None:
    levels = ("low", "normal", "high")
    rows: list[dict[str, object]] = [
        {"text": f"配送が{n}日遅い。" if n % 2 else f"Late by {n} days.", "urgency": levels[n % 3]}
        for n in range(60)
    ]
    file = write_rows(tmp_path / "corrections.jsonl", [{"erased": 4}, *rows])
    train_models(config_for(file), None, shipped_models(), tmp_path / "out")
    folder = tmp_path / "out" / read_tier(tmp_path / "out", "default")["contextual"]
    config = open_folder(folder, CONTEXTUAL_KIND).config
    before = open_folder(shipped_models() / "contextual" / "1.0.0", CONTEXTUAL_KIND).config
    assert config["carried_over"]["weighed_again"] == ["urgency"]
    assert config["linear_shares"]["urgency"] != before["linear_shares"]["urgency"]
    assert config["linear_shares"]["owner"] == before["linear_shares"]["owner"]
    assert config["phrases"] != before["phrases"]
    card = (tmp_path / "out" / "routing" / "own-1" / "README.md").read_text("utf-8")
    assert "Erased persons' comments that left the export: 4 (corrections.jsonl)." in card
    assert isinstance(load_analyzer(tmp_path / "out").analyze(["遅い。"])[0], Analysis)


def test_own_intents_are_answered(start: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"{text} {n}", "intent": intent}
        for intent, text in (
            ("wish", "英語の解説を増やしてほしい"),
            ("thanks", "The guide was kind, thank you"),
        )
        for n in range(30)
    ]
    train_models(config_for(write_rows(tmp_path / "i.jsonl", rows)), None, start, tmp_path / "out")
    wish, noise = load_analyzer(tmp_path / "out").analyze(["英語の解説を増やしてほしい。", "。。。"])
    assert isinstance(wish, Analysis)
    assert isinstance(noise, Analysis)
    assert wish.intent.label == wish.intent.label.value == "wish"
    assert set(wish.to_dict()["intent"]["probabilities"]) == {"wish", "thanks"}
    assert noise.to_dict()["intent"] == {
        "label": "other", "probabilities": {"thanks": 0.0, "wish": 0.0, "other": 1.0},
    }  # fmt: skip


def test_sentiment_is_taught_alone(start: Path, tmp_path: Path) -> None:
    moods = ("positive", "neutral", "negative", "mixed")
    rows: list[dict[str, object]] = [{"text": f"Room {n}.", "sentiment": moods[n % 4]} for n in range(80)]
    config = replace(
        read_config("sentiment"), sources={"corpus": 1.0}, version="own-2",
        files={str(write_rows(tmp_path / "s.jsonl", rows)): 1.0},
    )  # fmt: skip
    train_models(config, None, start, tmp_path / "out")
    own = open_folder(tmp_path / "out" / "sentiment" / "own-2", KINDS["sentiment"]).config
    shipped = open_folder(start / "sentiment" / "1.0.0", KINDS["sentiment"]).config
    assert own["files"]["aspects.safetensors"] == shipped["files"]["aspects.safetensors"]
    assert own["files"]["sentiment.safetensors"] != shipped["files"]["sentiment.safetensors"]
    assert own["thresholds"] == shipped["thresholds"]
    load_analyzer(tmp_path / "out")


def test_the_command(start: Path, tmp_path: Path) -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    broken = tmp_path / "mine.csv"
    with broken.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*rows, ["遅い。", "ja", "Front Desk", "", ""]])
    command = [
        "train", "own_taxonomy", "--models", str(start), "--labels", str(broken),
        "--out", str(tmp_path / "out"), "--version", "own-7",
    ]  # fmt: skip
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 1
    assert "mine.csv: 1 of 73 rows cannot be used" in refused.output
    assert "line 74: departments is no list of ids" in refused.output
    assert not (tmp_path / "out").exists()
    done = CliRunner().invoke(main, [*command, "--skip-broken"])
    assert done.exit_code == 0, done.output
    card = (tmp_path / "out" / "routing" / "own-7" / "README.md").read_text("utf-8")
    assert "left out: 1 (mine.csv)" in card
    again = CliRunner().invoke(main, [*command, "--skip-broken"])
    assert "is not empty" in again.output


def test_the_page_of_the_shipped_classes_is_not_theirs(own_models: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["evaluate", "--models", str(own_models), "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "has the departments exhibits, shop_cafe, ticketing" in done.output
    assert "training compare" in done.output


def test_an_interrupted_run_leaves_nothing(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object, **more: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training.own, "train", fail)
        with pytest.raises(KeyboardInterrupt):
            train_models(config_for(SAMPLE), None, start, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".out.part").mkdir()
    (tmp_path / "out").mkdir()
    train_models(config_for(SAMPLE), None, start, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_own_classes_need_a_file(start: Path, tmp_path: Path) -> None:
    command = ["train", "own_taxonomy", "--models", str(start), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert "no labelled file; give --labels" in done.output
    assert not (tmp_path / "out").exists()


def test_kinds_that_no_file_teaches(start: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of kind themes"):
        train_models(replace(read_config("themes"), files={str(SAMPLE): 1.0}), None, start, tmp_path / "out")


def test_a_changed_part_is_not_taken_over(tmp_path: Path) -> None:
    start = lay_out(tmp_path / "models")
    (start / "themes" / "1.0.0").unlink()
    shutil.copytree(shipped_models() / "themes" / "1.0.0", start / "themes" / "1.0.0")
    with (start / "themes" / "1.0.0" / "prototypes.safetensors").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(TamperedArtifactError, match="sha256"):
        train_models(config_for(SAMPLE), None, start, tmp_path / "out")


def test_an_encoder_of_ones_own(start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.runs, "read_corpus", lambda lang: read_corpus(lang)[::100])
    monkeypatch.setattr(training.own, "read_split", training.runs.read_split)
    encoder = str(teacher_path())
    train_models(config_for(SAMPLE), None, start, tmp_path / "out", encoder=encoder)
    assert read_tier(tmp_path / "out", "default")["sentence_encoder"] == encoder
    assert trained_departments(tmp_path / "out") == ("exhibits", "shop_cafe", "ticketing")
    (answer,) = load_analyzer(tmp_path / "out").analyze(["The soup in the café was cold."])
    assert isinstance(answer, Analysis)
    card = (tmp_path / "out" / "routing" / "own-1" / "README.md").read_text("utf-8")
    assert "licence of its own" in card
    assert encoder not in card
    assert "| corpus | Apache-2.0" in card
    assert "Taken over unchanged: nothing." in card
