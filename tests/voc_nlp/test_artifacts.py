"""A model folder: what is written opens again, and anything else is refused with a way out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voc_nlp import artifacts
from voc_nlp.artifacts import FORMAT, open_folder, write_folder
from voc_nlp.errors import MissingArtifactError, TamperedArtifactError, UnknownFormatError


def written(folder: Path, **changes: Any) -> Path:
    """Write a small folder; `changes` replace single arguments."""
    given: dict[str, Any] = {
        "kind": "sentiment",
        "name": "static",
        "version": "1.0",
        "tensors": {"weights": {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.float64([0.5])}},
        "texts": {"辞書.txt": "配送\ndelivery\n"},
        "facts": {"labels": ["positive", "否定"], "threshold": 0.25},
    }
    write_folder(folder, **{**given, **changes})
    return folder


def edit_manifest(folder: Path, **changes: Any) -> None:
    """Replace keys of the manifest, None takes a key away."""
    path = folder / "config.json"
    config = {**json.loads(path.read_text("utf-8")), **changes}
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}), "utf-8")


def test_round_trip(tmp_path: Path) -> None:
    folder = open_folder(written(tmp_path / "m" / "1.0"), "sentiment")
    arrays = folder.tensors("weights")
    np.testing.assert_array_equal(arrays["w"], np.arange(6, dtype=np.float32).reshape(2, 3))
    assert arrays["w"].dtype == np.float32
    assert arrays["b"].dtype == np.float64
    assert folder.text("辞書.txt") == "配送\ndelivery\n"
    assert folder.config["labels"] == ["positive", "否定"]
    assert folder.config["version"] == "1.0"
    assert folder.config["format"] == FORMAT
    assert folder.path_of("weights.safetensors") == tmp_path / "m" / "1.0" / "weights.safetensors"


def test_arrays_that_do_not_lie_in_c_order_keep_their_values(tmp_path: Path) -> None:
    w = np.arange(12, dtype=np.float32).reshape(3, 4)
    folder = written(
        tmp_path, tensors={"x": {"t": w.T, "s": w[:, ::2], "f": np.asfortranarray(w), "0": np.array(3)}}
    )
    arrays = open_folder(folder, "sentiment").tensors("x")
    np.testing.assert_array_equal(arrays["t"], w.T)
    np.testing.assert_array_equal(arrays["s"], w[:, ::2])
    np.testing.assert_array_equal(arrays["f"], w)
    assert arrays["0"].shape == ()
    assert arrays["0"] == 3


def test_same_input_gives_the_same_bytes_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    a, b = written(tmp_path / "a"), written(tmp_path / "b")
    assert sorted(p.name for p in a.iterdir()) == ["config.json", "weights.safetensors", "辞書.txt"]
    for path in a.iterdir():
        assert path.read_bytes() == (b / path.name).read_bytes()


def test_writing_again_removes_stale_files_and_keeps_the_card(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "README.md").write_text("card")
    written(tmp_path, texts={"rules.txt": "new"})
    assert {p.name for p in tmp_path.iterdir()} == {
        "config.json",
        "weights.safetensors",
        "rules.txt",
        "README.md",
    }
    with pytest.raises(MissingArtifactError, match=r"README\.md was asked for"):
        open_folder(tmp_path, "sentiment").text("README.md")


def test_an_interrupted_writing_does_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(artifacts.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        written(tmp_path)
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(MissingArtifactError, match=r"config\.json"):
        open_folder(tmp_path, "sentiment")


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "", ".hidden", "config.json", "c:x"])
def test_names_stay_inside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        written(tmp_path / "m", texts={name: "x"})
    assert not (tmp_path / "m").exists()
    written(tmp_path)
    edit_manifest(tmp_path, files={name: "0" * 64})
    with pytest.raises(UnknownFormatError, match="plain names"):
        open_folder(tmp_path, "sentiment")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"facts": {"format": 2}}, "own keys format"),
        ({"texts": {"weights.safetensors": "x"}}, "given in tensors and in texts"),
        ({"facts": {"x": float("nan")}}, "JSON"),
        ({"texts": {"heads.pkl": "x"}}, r"'heads\.pkl' has another ending"),
        ({"binaries": {"heads.joblib": b"x"}}, "has another ending"),
    ],
)
def test_wrong_arguments_write_nothing(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        written(tmp_path / "m", **changes)
    assert not (tmp_path / "m").exists()


def test_missing_folder_manifest_and_file(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifactError, match="expected a model folder of kind 'sentiment'"):
        open_folder(tmp_path / "nowhere", "sentiment")
    written(tmp_path)
    (tmp_path / "辞書.txt").unlink()
    with pytest.raises(MissingArtifactError, match=r"辞書\.txt cannot be read"):
        open_folder(tmp_path, "sentiment")


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    path = written(tmp_path) / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(TamperedArtifactError, match="the manifest states"):
        open_folder(tmp_path, "sentiment")


def test_listed_files_of_the_wrong_shape(tmp_path: Path) -> None:
    written(tmp_path)
    bad = b"\xff\xfe not what it says"
    digest = hashlib.sha256(bad).hexdigest()
    for name in ("weights.safetensors", "辞書.txt"):
        (tmp_path / name).write_bytes(bad)
    edit_manifest(tmp_path, files={"weights.safetensors": digest, "辞書.txt": digest})
    folder = open_folder(tmp_path, "sentiment")
    with pytest.raises(TamperedArtifactError, match="not a safetensors file"):
        folder.tensors("weights")
    with pytest.raises(TamperedArtifactError, match="not UTF-8 at byte 0"):
        folder.text("辞書.txt")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"format": FORMAT + 1}, f"reads 1 to {FORMAT}"),
        ({"format": 0}, "states format 0"),
        ({"format": True}, "states format True"),
        ({"format": "1"}, "states format '1'"),
        ({"format": None}, "states format None"),
        ({"kind": "routing"}, "of kind 'routing'; expected 'sentiment'"),
        ({"files": None}, "lacks kind"),
        ({"files": {"weights.safetensors": 3}}, "lacks kind"),
        ({"version": None}, "lacks kind"),
        ({"files": {"heads.pkl": "0" * 64}}, r"lists heads\.pkl; expected files ending in \.safetensors"),
        ({"files": {"model.py": "0" * 64, "w.safetensors": "0" * 64}}, r"lists model\.py; expected"),
    ],
)
def test_foreign_manifests(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    edit_manifest(written(tmp_path), **changes)
    with pytest.raises(UnknownFormatError, match=match):
        open_folder(tmp_path, "sentiment")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_manifest_that_is_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "config.json").write_bytes(raw)
    with pytest.raises(UnknownFormatError):
        open_folder(tmp_path, "sentiment")


def test_older_formats_are_lifted_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    steps = {1: lambda c: {**c, "one": True}, 2: lambda c: {**c, "two": c["one"]}}
    monkeypatch.setattr(artifacts, "FORMAT", 3)
    monkeypatch.setattr(artifacts, "_UPGRADES", steps)
    assert open_folder(tmp_path, "sentiment").config["two"] is True


def test_every_older_format_has_its_step() -> None:
    assert sorted(artifacts._UPGRADES) == list(range(1, FORMAT))
