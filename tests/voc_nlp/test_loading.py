"""The composition root: tiers, folders that are not what they should be, where the shipped models lie."""

import json
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import voc_nlp.loading
from voc_nlp import Analysis, load_analyzer
from voc_nlp.errors import InputError, MissingArtifactError, TamperedArtifactError, UnknownFormatError
from voc_nlp.loading import encoder_name, load_embedder, shipped_models, trained_departments
from voc_nlp.routing.departments import DepartmentDescription

TIER = """[tiers.default]
version = "9.9"
encoder = "encoder/1.0.0"
ngrams = "ngrams/1.0.0"
sentiment = "sentiment/1.0.0"
routing = "routing/1.0.0"
themes = "themes/1.0.0"
"""
_SHIPPED = shipped_models()
PARTS = ("encoder", "ngrams", "sentiment", "routing", "themes")


def models(folder: Path, registry: str = TIER) -> Path:
    """Lay out a models folder: links to the shipped parts, a registry of its own."""
    folder.mkdir(exist_ok=True)
    for part in PARTS:
        (folder / part).symlink_to(_SHIPPED / part, target_is_directory=True)
    (folder / "registry.toml").write_text(registry, "utf-8")
    return folder


@pytest.mark.parametrize("tier", ["default", "fast"])
def test_the_shipped_tiers(tier: str) -> None:
    analyzer = load_analyzer(tier=tier)
    (answer,) = analyzer.analyze(["配送が遅い。"])
    assert isinstance(answer, Analysis)
    assert answer.model_version == analyzer.model_version


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    analyzer = load_analyzer(models(tmp_path / "mine"))
    assert analyzer.model_version == "9.9"
    assert load_embedder(tmp_path / "mine").dimension == load_embedder().dimension


def test_an_unknown_tier_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="no tier 'best'; choose one of default, fast"):
        load_analyzer(tier="best")


def test_no_registry(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifactError, match=r"registry\.toml"):
        load_analyzer(tmp_path)


@pytest.mark.parametrize(
    ("registry", "part"),
    [
        ("", "tiers"),
        ("no toml at all = =", "is no registry"),
        (TIER.replace('routing = "routing/1.0.0"\n', ""), "lacks routing"),
        (TIER.replace('ngrams = "ngrams/1.0.0"\n', ""), "lacks ngrams"),
        ('[tiers.default]\nversion = "1"\n', "lacks encoder, ngrams, sentiment, routing, themes"),
    ],
)
def test_a_broken_registry(tmp_path: Path, registry: str, part: str) -> None:
    with pytest.raises(UnknownFormatError, match=part):
        load_analyzer(models(tmp_path / "mine", registry))


@pytest.mark.parametrize("registry", ["tiers = 3", "[tiers]\ndefault = 3"])
def test_a_registry_of_another_shape(tmp_path: Path, registry: str) -> None:
    with pytest.raises(UnknownFormatError):
        load_analyzer(models(tmp_path / "mine", registry))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_there(tmp_path: Path, part: str) -> None:
    registry = TIER.replace(f"{part}/1.0.0", f"{part}/0.0.0")
    with pytest.raises(MissingArtifactError, match=f"{part}/0.0.0"):
        load_analyzer(models(tmp_path / "mine", registry))


@pytest.mark.parametrize(
    ("part", "other"),
    [("sentiment", "routing"), ("encoder", "themes"), ("themes", "encoder"), ("ngrams", "encoder")],
)
def test_a_part_of_another_kind(tmp_path: Path, part: str, other: str) -> None:
    registry = TIER.replace(f'{part} = "{part}/1.0.0"', f'{part} = "{other}/1.0.0"')
    with pytest.raises(UnknownFormatError, match="kind"):
        load_analyzer(models(tmp_path / "mine", registry))


def with_facts(folder: Path, part: str, change: Callable[[dict[str, Any]], object]) -> Path:
    """Lay out a models folder with the contextual encoder, the manifest of one part changed."""
    models(folder, TIER + 'contextual = "contextual/1.0.0"\n')
    (folder / "contextual").symlink_to(_SHIPPED / "contextual", target_is_directory=True)
    (folder / part).unlink()
    version = folder / part / "1.0.0"
    version.mkdir(parents=True)
    for file in (_SHIPPED / part / "1.0.0").iterdir():
        (version / file.name).symlink_to(file)
    config = json.loads((version / "config.json").read_text("utf-8"))
    change(config)
    (version / "config.json").unlink()
    (version / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("sentiment", lambda config: config.pop("thresholds"), "lacks thresholds in its config.json"),
        ("contextual", lambda config: config.pop("thresholds"), "lacks thresholds in its config.json"),
        ("contextual", lambda config: config.pop("linear_shares"), "lacks linear_shares in its config.json"),
        (
            "contextual",
            lambda config: config["linear_shares"].update(mood=0.5),
            "lacks mood_weights, mood_bias in its heads",
        ),
        ("contextual", lambda config: config.update(phrases={"churn": {"gain": 1}}), "churn are gain"),
        ("themes", lambda config: config.pop("threshold"), "lacks threshold in its config.json"),
    ],
)
def test_a_manifest_that_lacks_something(
    tmp_path: Path, part: str, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(UnknownFormatError, match=message):
        load_analyzer(with_facts(tmp_path / "mine", part, change))


def test_no_part_gives_the_threshold_of_aspects(tmp_path: Path) -> None:
    folder = with_facts(tmp_path / "mine", "sentiment", lambda config: config["thresholds"].pop("aspect"))
    load_analyzer(folder)  # the contextual encoder gives its own
    (folder / "registry.toml").write_text(TIER, "utf-8")
    with pytest.raises(UnknownFormatError, match="lacks aspect in its thresholds"):
        load_analyzer(folder)


def test_the_name_of_the_encoder() -> None:
    assert encoder_name() == "encoder/1.0.0"


def test_a_changed_part(tmp_path: Path) -> None:
    folder = models(tmp_path / "mine")
    (folder / "themes").unlink()
    shutil.copytree(shipped_models() / "themes", folder / "themes")
    with (folder / "themes" / "1.0.0" / "prototypes.safetensors").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(TamperedArtifactError, match="sha256"):
        load_analyzer(folder)


def test_models_inside_a_wheel_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "voc_nlp"
    package.mkdir()
    monkeypatch.setattr(voc_nlp.loading, "_PACKAGE", package)
    with pytest.raises(MissingArtifactError, match="no shipped models"):
        shipped_models()
    models(tmp_path / "models")
    assert shipped_models() == tmp_path / "models"
    (package / "shipped_models").mkdir()
    assert shipped_models() == tmp_path / "models"
    (package / "shipped_models" / "registry.toml").write_text(TIER, "utf-8")
    assert shipped_models() == package / "shipped_models"


@pytest.mark.parametrize("text", ["就職の面接", "A job interview"])
def test_departments_are_loaded_alike_in_every_process(text: str) -> None:
    only = DepartmentDescription("hiring", "採用", "Hiring", "就職と面接", "Jobs and interviews", (text,))
    load = pickle.loads(pickle.dumps(partial(load_analyzer, None, "fast", (only,))))
    (answer,) = load().analyze([text])
    (same,) = load_analyzer(tier="fast").with_departments([only]).analyze([text])
    assert isinstance(answer, Analysis)
    assert [one.id for one in answer.departments] == ["hiring"]
    assert answer == same


def test_the_trained_departments_are_known_without_loading(tmp_path: Path) -> None:
    found = trained_departments()
    assert len(found) == 10
    assert {"billing", "logistics"} < set(found)
    assert trained_departments(models(tmp_path / "mine")) == found
