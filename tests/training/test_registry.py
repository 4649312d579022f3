"""The registry is written in one step, and read back as it was meant."""

import os
from pathlib import Path

import pytest

from training.registry import read_registry, replace_registry, write_registry
from voc_nlp.errors import MissingArtifactError, UnknownFormatError

TIERS = {"default": {"version": "1", "encoder": 'a "quoted" 道'}, "fast": {"version": "2", "encoder": "b"}}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = write_registry(tmp_path, TIERS, head="Mine.", earlier={"default": {"version": "0"}})
    assert read_registry(tmp_path) == TIERS
    assert path.read_text("utf-8").startswith("# Mine.\n")
    assert '[earlier.default]\nversion = "0"\n' in path.read_text("utf-8")


def test_a_reader_sees_the_old_one_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_registry(tmp_path, "old")
    seen = []

    def look(source: Path, target: Path, move: object = os.replace) -> None:
        seen.append((target.read_text("utf-8"), Path(source).read_text("utf-8")))
        move(source, target)  # type: ignore[operator]

    monkeypatch.setattr("training.registry.os.replace", look)
    replace_registry(tmp_path, "new")
    assert seen == [("old", "new")]
    assert [path.name for path in tmp_path.iterdir()] == ["registry.toml"]


def test_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifactError, match="is not there"):
        read_registry(tmp_path)
    for text in ("tiers = 3", "x = = 1", "[other]"):
        (tmp_path / "registry.toml").write_text(text, "utf-8")
        with pytest.raises(UnknownFormatError, match="is no registry"):
            read_registry(tmp_path)
