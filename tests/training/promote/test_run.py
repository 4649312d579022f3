"""Promoting and rolling back: refused where it must be, recorded, and byte for byte back."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import training.compare.sets as sets
from tests.training.conftest import REGISTRY, SAMPLE, few, lay_out
from training.__main__ import main
from training.data.splits import Split
from training.promote.floors import Floors
from training.promote.journal import JOURNAL, read_entries
from training.promote.run import Promotion, promote, roll_back
from training.registry import read_registry
from voc_nlp import load_analyzer
from voc_nlp.artifacts import write_folder
from voc_nlp.errors import ArtifactError, TamperedArtifactError
from voc_nlp.loading import trained_departments

FREE = Floors(0, ("owner",), 100, {}, {})
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "read_split", few)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "models")


def made(new: Path, models: Path, **more: Any) -> Promotion:
    return promote(new, models, **{"by": "森", "floors": FREE, "labels": [SAMPLE], "at": NOON} | more)


def test_a_better_model_goes_into_service(own_models: Path, models: Path) -> None:
    found = made(own_models, models)
    assert (found.done, found.objections) == (True, ())
    assert trained_departments(models) == ("exhibits", "shop_cafe", "ticketing")
    assert load_analyzer(models).model_version == "9.9-own-1"
    text = (models / "registry.toml").read_text("utf-8")
    assert "[earlier.default]" in text
    assert 'version = "9.9"' in text
    (entry,) = read_entries(models)
    assert (entry.before, entry.after) == (REGISTRY, text)
    assert entry.facts["by"] == "森"
    assert entry.facts["at"] == "2026-11-22T12:00:00+00:00"
    assert (entry.facts["old"], entry.facts["new"], entry.facts["override"]) == ("9.9", "9.9-own-1", "")
    assert set(entry.facts["manifests"]) == {"encoder", "ngrams", "sentiment", "routing", "themes"}
    assert list(entry.facts["labels"]) == [SAMPLE.name]
    assert not list(models.rglob("*.part"))
    assert not list(models.glob(".*.tmp"))


def test_back_in_one_command(own_models: Path, models: Path) -> None:
    made(own_models, models)
    done = CliRunner().invoke(main, ["rollback", "--models", str(models), "--by", "森"])
    assert done.exit_code == 0, done.output
    assert "in service: default 9.9" in done.output
    assert (models / "registry.toml").read_text("utf-8") == REGISTRY
    assert load_analyzer(models).model_version == "9.9"
    assert [entry.action for entry in read_entries(models)] == ["promoted", "rolled_back"]
    with pytest.raises(ValueError, match="no promotion to go back from"):
        roll_back(models, by="森")
    made(own_models, models)
    assert load_analyzer(models).model_version == "9.9-own-1"


def test_without_labels_owners_cannot_be_compared(own_models: Path, models: Path) -> None:
    found = made(own_models, models, labels=[])
    assert not found.done
    assert found.objections[0].startswith("owner was compared on no set")
    assert (models / "registry.toml").read_text("utf-8") == REGISTRY
    assert not (models / JOURNAL).exists()


def test_below_a_floor_only_by_a_persons_word(own_models: Path, models: Path) -> None:
    high = Floors(0, ("owner",), 1, {"sentiment": 1.0}, {})
    refused = made(own_models, models, floors=high)
    assert not refused.done
    assert "is below the floor of 1.000" in refused.objections[0]
    with pytest.raises(ValueError, match="give the name with --by"):
        made(own_models, models, floors=high, override="the board wants it", by="")
    assert not (models / JOURNAL).exists()
    assert made(own_models, models, floors=high, override="the board wants it").done
    (entry,) = read_entries(models)
    assert entry.facts["override"] == "the board wants it"
    assert entry.facts["objections"] == list(refused.objections)


def test_a_worse_model_is_refused(own_models: Path, models: Path) -> None:
    made(own_models, models)
    worse = lay_out(models.parent / "worse")
    shutil.copytree(own_models / "routing" / "own-1", worse / "routing" / "own-2")
    _weaken(worse / "routing" / "own-2")
    (worse / "registry.toml").write_text(REGISTRY.replace("routing/1.0.0", "routing/own-2"), "utf-8")
    found = made(worse, models, all_rows=True)
    assert not found.done
    assert any("own_taxonomy.csv, owner: worse" in one for one in found.objections)


def _weaken(folder: Path) -> None:
    """Write the folder anew with owners that are always nobody, under another version."""
    from voc_nlp.artifacts import open_folder

    model = open_folder(folder, "routing")
    tensors = {name: model.tensors(name) for name in model.config["heads"]}
    tensors["owner"]["bias"][-1] = 99.0
    own = ("format", "kind", "name", "version", "files")
    facts = {key: value for key, value in model.config.items() if key not in own}
    write_folder(folder, kind="routing", name="routing", version="own-2", tensors=tensors, facts=facts)


def test_one_model_folder_goes_into_one_tier(own_models: Path, models: Path) -> None:
    assert made(own_models / "routing" / "own-1", models).done
    assert read_registry(models)["default"] == {
        "version": "9.9+routing-own-1", "encoder": "encoder/1.0.0", "ngrams": "ngrams/1.0.0",
        "sentiment": "sentiment/1.0.0", "routing": "routing/own-1", "themes": "themes/1.0.0",
    }  # fmt: skip
    assert trained_departments(models) == ("exhibits", "shop_cafe", "ticketing")


def test_heads_do_not_go_under_a_network_that_was_joined_with_others(own_models: Path, models: Path) -> None:
    registry = (models / "registry.toml").read_text("utf-8")
    (models / "registry.toml").write_text(registry + 'contextual = "contextual/1.0.0"\n', "utf-8")
    with pytest.raises(ValueError, match="joined with other heads"):
        made(own_models / "routing" / "own-1", models)


@pytest.mark.parametrize("file", ["owner.safetensors", "config.json"])
def test_a_tampered_model_is_refused(own_models: Path, models: Path, tmp_path: Path, file: str) -> None:
    new = shutil.copytree(own_models, tmp_path / "new")
    path = new / "routing" / "own-1" / file
    if file == "config.json":
        config = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**config, "format": 99}), "utf-8")
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\1")
    with pytest.raises(ArtifactError, match=r"sha256|states format 99"):
        made(new, models)
    assert (models / "registry.toml").read_text("utf-8") == REGISTRY


def test_a_version_keeps_its_contents(own_models: Path, models: Path, tmp_path: Path) -> None:
    made(own_models, models)
    other = shutil.copytree(own_models, tmp_path / "other")
    _weaken(other / "routing" / "own-1")
    with pytest.raises(ValueError, match=r"is there with other contents; .*--version"):
        made(other, models)


@pytest.mark.parametrize("place", ["../elsewhere", "/elsewhere", "routing/../../x"])
def test_parts_lie_within_their_folder(own_models: Path, models: Path, tmp_path: Path, place: str) -> None:
    new = tmp_path / "new"
    new.mkdir()
    text = (own_models / "registry.toml").read_text("utf-8").replace("routing/own-1", place)
    (new / "registry.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="expected folders within"):
        made(new, models)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "new"]


def test_nothing_is_copied_out_of_the_models_folder(own_models: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (models / "routing" / "1.0.0").rename(tmp_path / "elsewhere" / "1.0.0")
    (models / "routing").rmdir()
    (models / "routing").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ValueError, match="leads out of"):
        made(own_models, models)
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["1.0.0"]


def test_two_at_once_do_not_pass_each_other(
    own_models: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> Split:
        (models / "registry.toml").write_text(REGISTRY + "# another\n", "utf-8")
        return few()

    monkeypatch.setattr(sets, "read_split", meanwhile)
    with pytest.raises(ValueError, match="was changed while the models were compared"):
        made(own_models, models)
    assert read_entries(models) == []


def test_a_rollback_checks_what_it_goes_back_to(own_models: Path, models: Path) -> None:
    made(own_models, models)
    (models / "themes" / "1.0.0").unlink()
    with pytest.raises(ArtifactError, match="themes"):
        roll_back(models, by="森")
    assert load_registry_version(models) == "9.9-own-1"


def load_registry_version(models: Path) -> str:
    return read_registry(models)["default"]["version"]


def test_another_hand_on_registry_or_record(own_models: Path, models: Path) -> None:
    made(own_models, models)
    registry = models / "registry.toml"
    text = registry.read_text("utf-8")
    registry.write_text(text + "# mine\n", "utf-8")
    with pytest.raises(ValueError, match="expected no other hand"):
        roll_back(models, by="森")
    registry.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="give the name"):
        roll_back(models, by="")
    (models / JOURNAL).write_text((models / JOURNAL).read_text("utf-8").replace("森", "林"), "utf-8")
    with pytest.raises(TamperedArtifactError, match="line 1"):
        roll_back(models, by="森")
    with pytest.raises(TamperedArtifactError, match="line 1"):
        made(own_models, models)


def test_a_write_that_fails_leaves_the_old_registry(
    own_models: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("training.registry.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        made(own_models, models)
    assert (models / "registry.toml").read_text("utf-8") == REGISTRY
    monkeypatch.undo()
    monkeypatch.setattr(sets, "read_split", few)
    assert load_analyzer(models).model_version == "9.9"
    assert made(own_models, models).done
    roll_back(models, by="森")
    assert (models / "registry.toml").read_text("utf-8") == REGISTRY


def test_the_command_refuses_with_a_code(own_models: Path, models: Path) -> None:
    done = CliRunner().invoke(main, ["promote", str(own_models), "--models", str(models), "--by", "森"])
    assert done.exit_code == 4
    assert "against it: owner was compared on no set" in done.output
    assert '--override "REASON" --by NAME' in done.output
    command = ["promote", str(own_models), "--models", str(models), "--override", "we know"]
    assert "give the name with --by" in CliRunner().invoke(main, command).output
    done = CliRunner().invoke(main, [*command, "--by", "森", "--json"])
    assert done.exit_code == 0, done.output
    assert "promoted: 9.9-own-1" in done.output
