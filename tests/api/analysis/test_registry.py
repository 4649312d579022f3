"""The registry: what it names is told once; what cannot be read is refused."""

from pathlib import Path

import pytest

from api.analysis.registry import UNKNOWN, RegistryWatch, read_models
from tests.api.analysis.doubles import write_registry
from voc_nlp.errors import InputError, MissingArtifactError


def watch_of(folder: Path, refusals: list[int] | None = None) -> RegistryWatch:
    write_registry(folder, "1")
    watch = RegistryWatch(folder, "fast", lambda: refusals.append(1) if refusals is not None else None)
    assert watch.first().version == "1"
    return watch


def test_other_models_are_told_once_and_again_when_asked(tmp_path: Path) -> None:
    watch = watch_of(tmp_path)
    assert watch.next() is None
    write_registry(tmp_path, "2")
    found = watch.next()
    assert found is not None
    assert (found.version, found.parts["encoder"]) == ("2", "encoder/1")
    assert watch.next() is None
    assert watch.next(again=True) == found
    watch.accept(found)
    assert watch.next(again=True) is None


def test_a_change_of_another_tier_or_of_a_comment_is_none(tmp_path: Path) -> None:
    watch = watch_of(tmp_path)
    text = (tmp_path / "registry.toml").read_text(encoding="utf-8")
    (tmp_path / "registry.toml").write_text(f"# by mori\n{text}\n[earlier.fast]\nversion = '0'\n")
    assert watch.next() is None


def test_a_part_that_was_trained_anew_in_its_place_is_another(tmp_path: Path) -> None:
    watch = watch_of(tmp_path)
    before = watch.first()
    (tmp_path / "routing" / "1").mkdir(parents=True)
    (tmp_path / "routing" / "1" / "config.json").write_text("{}")
    found = watch.next(again=True)
    assert found is not None
    assert found != before
    assert found.shares(before, "encoder")
    assert not found.shares(before, "encoder", "routing")


@pytest.mark.parametrize("text", ["", "not [toml", "[tiers.best]\nversion = '2'\n", None])
def test_a_registry_that_cannot_be_read_is_refused_once(tmp_path: Path, text: str | None) -> None:
    refusals: list[int] = []
    watch = watch_of(tmp_path, refusals)
    (tmp_path / "registry.toml").unlink()
    if text is not None:
        (tmp_path / "registry.toml").write_text(text)
    assert [watch.next(), watch.next()] == [None, None]
    assert (watch.refused, refusals) == (UNKNOWN, [1])
    write_registry(tmp_path, "1")
    assert watch.next() is None
    assert watch.refused is None


def test_a_link_to_another_folder_is_followed(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        write_registry(tmp_path / version, version)
    link = tmp_path / "current"
    link.symlink_to("1")
    watch = RegistryWatch(link, "fast")
    assert watch.first().folder == (tmp_path / "1").resolve()
    link.unlink()
    link.symlink_to("2")
    found = watch.next()
    assert found is not None
    assert found.folder == (tmp_path / "2").resolve()


def test_what_is_missing_at_the_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifactError, match="registry"):
        RegistryWatch(tmp_path, "fast").first()
    write_registry(tmp_path, "1")
    with pytest.raises(InputError, match="best"):
        read_models(tmp_path, "best")
