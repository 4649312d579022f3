"""What may be compared: a models folder, one model folder; each file checked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import training.compare.sets as sets
from tests.training.conftest import SAMPLE, few
from training.__main__ import main
from training.compare.candidates import find_candidate, part_of, tiers_of
from training.own import KINDS
from voc_nlp.errors import ArtifactError, InputError, MissingArtifactError
from voc_nlp.loading import shipped_models


def test_a_models_folder(own_models: Path, start: Path) -> None:
    found = find_candidate(own_models, base=start, tier="default")
    assert found.name == "9.9-own-1"
    assert found.labels["owner"] == ("exhibits", "shop_cafe", "ticketing", "none")
    assert found.labels["departments"] == ("exhibits", "shop_cafe", "ticketing")
    assert found.learnt == {SAMPLE.name}
    assert found.load().model_version == "9.9-own-1"
    assert tiers_of(own_models) == ("default", "fast")


def test_one_model_folder_among_others(own_models: Path, start: Path) -> None:
    found = find_candidate(own_models / "routing" / "own-1", base=start, tier="default")
    assert found.name == "routing own-1"
    assert found.parts["themes"] == str((start / "themes" / "1.0.0").resolve())
    assert found.load().model_version == "routing own-1"


def test_heads_alone_have_no_network_beside_them(own_models: Path) -> None:
    found = find_candidate(own_models / "routing" / "own-1", base=shipped_models(), tier="default")
    assert "contextual" not in found.parts


@pytest.mark.parametrize("part", sorted(KINDS))
def test_every_part_is_known(part: str) -> None:
    assert part_of(shipped_models() / part / "1.0.0") == part


def test_what_is_neither(tmp_path: Path, start: Path) -> None:
    with pytest.raises(MissingArtifactError, match=r"neither registry\.toml nor config\.json"):
        find_candidate(tmp_path, base=start, tier="default")
    manifest = {"format": 1, "kind": "weather", "name": "a", "version": "1", "files": {}}
    (tmp_path / "config.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(ArtifactError, match="of no kind that a tier has"):
        part_of(tmp_path)
    with pytest.raises(InputError, match="no tier 'best'"):
        find_candidate(start, base=start, tier="best")


def test_the_command(own_models: Path, start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "read_split", few)
    command = ["compare", str(start), str(own_models), "--labels", str(SAMPLE), "--models", str(start)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "new: 9.9-own-1" in done.output
    assert "own_taxonomy.csv  owner" in done.output
    assert "note: own_taxonomy.csv: 57 comments left out" in done.output
    told = json.loads(CliRunner().invoke(main, [*command, "--json", "--no-fixed", "--all-rows"]).output)
    assert {row["set"] for row in told["rows"]} == {SAMPLE.name}
    assert {row["task"]: row["n"] for row in told["rows"] if row["lang"] == "both"} == {
        "owner": 72, "departments": 72,
    }  # fmt: skip
