"""A model folder: its layout, sha256 check, format number and safe loading.

A model folder holds a manifest, ``config.json``, and the files that the manifest
names with their sha256::

    <folder>/config.json        {"format": 1, "kind": "...", "name": "...", "version": "...",
                                 "files": {"weights.safetensors": "<sha256>", ...}, <free facts>}
    <folder>/weights.safetensors
    <folder>/...                other listed files; unlisted ones (a card) are never read

Arrays are kept as safetensors; nothing here can run code from a folder. A manifest
that lists a file of any ending but those in `ENDINGS`, a pickle say, is refused.

Rule for the format number: a program reads every format from 1 up to its own
`FORMAT`. Whoever changes the manifest's shape raises `FORMAT` by one and adds the
step from the number before to `_UPGRADES`, so that old folders still open. A
higher number is refused.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc_nlp.errors import MissingArtifactError, TamperedArtifactError, UnknownFormatError

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1
"""Number of the manifest's shape that this program writes."""

MANIFEST = "config.json"
"""Name of the manifest in every model folder."""

ENDINGS = (".safetensors", ".onnx", ".json", ".toml", ".txt")
"""Files that a model folder may hold: none of them is code, and none is unpickled."""

_TENSOR_SUFFIX = ".safetensors"
_OWN_KEYS = ("format", "kind", "name", "version", "files")

_UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Format number -> the step that turns such a manifest into the next number's shape."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """An opened model folder whose files were checked against their sha256.

    Parameters
    ----------
    path : Path
        The folder.
    config : Mapping[str, Any]
        The manifest: ``format``, ``kind``, ``name``, ``version``, ``files`` and
        the facts that were given when it was written.
    """

    path: Path
    config: Mapping[str, Any]

    def tensors(self, stem: str) -> "dict[str, np.ndarray]":
        """Load the arrays of one file.

        Parameters
        ----------
        stem : str
            The file's name without ``.safetensors``.

        Returns
        -------
        dict[str, np.ndarray]
            The arrays by name, with the shapes and dtypes they were written with.

        Raises
        ------
        TamperedArtifactError
            When the file is listed but is no safetensors file.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self.path_of(stem + _TENSOR_SUFFIX)
        try:
            return load_file(path)
        except SafetensorError as error:
            raise TamperedArtifactError(
                f"{path} is not a safetensors file ({error}); expected arrays written by write_folder. "
                "Write or download the model folder again."
            ) from error

    def text(self, name: str) -> str:
        """Read one text file.

        Parameters
        ----------
        name : str
            The file's name as the manifest lists it.

        Returns
        -------
        str
            Its content, read as UTF-8.

        Raises
        ------
        TamperedArtifactError
            When the file is listed but is not UTF-8.
        """
        path = self.path_of(name)
        try:
            return path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise TamperedArtifactError(
                f"{path} is not UTF-8 at byte {error.start}; expected text written by write_folder. "
                "Write or download the model folder again."
            ) from error

    def path_of(self, name: str) -> Path:
        """Return the path of a listed file.

        Parameters
        ----------
        name : str
            The file's name as the manifest lists it.

        Returns
        -------
        Path
            Where it lies; its sha256 was checked when the folder was opened.

        Raises
        ------
        MissingArtifactError
            When the manifest does not list that name.
        """
        if name not in self.config["files"]:
            listed = ", ".join(sorted(self.config["files"])) or "no file"
            raise MissingArtifactError(
                f"{self.path} lists {listed}, but {name} was asked for. "
                "Use a model folder of the version that this program expects."
            )
        return self.path / name


def write_folder(
    folder: Path,
    *,
    kind: str,
    name: str,
    version: str,
    tensors: "Mapping[str, Mapping[str, np.ndarray]] | None" = None,
    texts: Mapping[str, str] | None = None,
    binaries: Mapping[str, bytes] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write a model folder, the manifest last.

    Each file is written under a temporary name and renamed; the old manifest is
    taken away first, so that an interrupted write leaves a folder that says it is
    incomplete. Files of an older writing that are no longer listed are removed,
    files that were never listed (a card) stay. The same input gives the same bytes.

    Parameters
    ----------
    folder : Path
        Where to write; made when it is not there.
    kind : str
        What the folder is for, for instance ``sentiment``; `open_folder` checks it.
    name : str
        The model's name.
    version : str
        The model's version.
    tensors : Mapping[str, Mapping[str, np.ndarray]] | None
        File stem -> arrays by name; each stem becomes ``<stem>.safetensors``.
    texts : Mapping[str, str] | None
        File name -> content, written as UTF-8.
    binaries : Mapping[str, bytes] | None
        File name -> content, written as it is.
    facts : Mapping[str, Any] | None
        Free JSON values that are kept in the manifest beside its own keys.

    Raises
    ------
    ValueError
        When a file name is not a plain name, has another ending than `ENDINGS` or is
        given twice, or a fact has the name of one of the manifest's own keys.
    """
    from safetensors.numpy import save

    taken = sorted(set(facts or {}) & set(_OWN_KEYS))
    if taken:
        raise ValueError(f"facts hold the manifest's own keys {', '.join(taken)}; give them other names")
    contents: dict[str, bytes] = {}
    for stem, arrays in (tensors or {}).items():
        contents[stem + _TENSOR_SUFFIX] = save({key: _dense(array) for key, array in arrays.items()})
    for file_name, content in (texts or {}).items():
        if file_name in contents:
            raise ValueError(f"{file_name} is given in tensors and in texts; give one of them another name")
        contents[file_name] = content.encode("utf-8")
    for file_name, data in (binaries or {}).items():
        if file_name in contents:
            raise ValueError(f"{file_name} is given twice; give one of them another name")
        contents[file_name] = data
    for file_name in contents:
        if not _is_plain_name(file_name):
            raise ValueError(
                f"{file_name!r} is not a plain file name; use a name without / \\ or leading dot"
            )
        if not file_name.endswith(ENDINGS):
            raise ValueError(f"{file_name!r} has another ending than {', '.join(ENDINGS)}; use one of them")
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "version": version,
        "files": {key: hashlib.sha256(contents[key]).hexdigest() for key in sorted(contents)},
        **(facts or {}),
    }
    encoded = (json.dumps(manifest, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")

    folder.mkdir(parents=True, exist_ok=True)
    stale = _listed_before(folder) - set(contents)
    (folder / MANIFEST).unlink(missing_ok=True)
    for file_name, data in contents.items():
        _replace(folder / file_name, data)
    for file_name in stale:
        (folder / file_name).unlink(missing_ok=True)
    _replace(folder / MANIFEST, encoded)


def open_folder(folder: Path, kind: str) -> ModelFolder:
    """Open a model folder and check every listed file against its sha256.

    Parameters
    ----------
    folder : Path
        The folder that holds ``config.json``.
    kind : str
        What the folder must be for.

    Returns
    -------
    ModelFolder
        The checked folder; nothing is loaded into memory yet.

    Raises
    ------
    MissingArtifactError
        When the folder, its manifest or a listed file is not there.
    TamperedArtifactError
        When a file's sha256 is not the listed one.
    """
    config = read_manifest(folder, kind)
    for name, expected in config["files"].items():
        path = folder / name
        try:
            with path.open("rb") as file:
                met = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise MissingArtifactError(
                f"{path} cannot be read ({error.strerror}); the manifest {folder / MANIFEST} lists it. "
                "Write or download the model folder again."
            ) from error
        if met != expected:
            raise TamperedArtifactError(
                f"{path} has sha256 {met}; the manifest states {expected}. "
                "The file was changed or not fully copied: write or download the model folder again."
            )
    return ModelFolder(path=folder, config=config)


def read_manifest(folder: Path, kind: str) -> dict[str, Any]:
    """Read the manifest, lift it to the present format and check its shape and kind; files are not looked at.

    Parameters
    ----------
    folder : Path
        The folder that holds ``config.json``.
    kind : str
        What the folder must be for.

    Returns
    -------
    dict[str, Any]
        The manifest.

    Raises
    ------
    MissingArtifactError
        When the folder or its manifest is not there.
    UnknownFormatError
        When it is no manifest of this kind that this program reads.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MissingArtifactError(
            f"{path} cannot be read ({error.strerror}); expected a model folder of kind {kind!r}. "
            "Check the path, or write the folder again."
        ) from error
    try:
        config = json.loads(raw)
    except ValueError as error:
        raise UnknownFormatError(
            f"{path} is not JSON; expected a manifest of kind {kind!r}. Write the folder again."
        ) from error
    number = config.get("format") if isinstance(config, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= FORMAT:
        raise UnknownFormatError(
            f"{path} states format {number!r}; this program reads 1 to {FORMAT}. "
            "Update the program, or write the folder with this one."
        )
    for step in range(number, FORMAT):
        config = _UPGRADES[step](config)
    files = config.get("files")
    if not (
        isinstance(files, dict)
        and all(_is_plain_name(name) and isinstance(digest, str) for name, digest in files.items())
        and all(isinstance(config.get(key), str) for key in ("kind", "name", "version"))
    ):
        raise UnknownFormatError(
            f"{path} lacks kind, name, version or a files table of plain names and sha256. "
            "Expected a manifest written by write_folder: write the folder again."
        )
    foreign = sorted(name for name in files if not name.endswith(ENDINGS))
    if foreign:
        raise UnknownFormatError(
            f"{path} lists {', '.join(foreign)}; expected files ending in {', '.join(ENDINGS)} alone, which "
            "run no code. Do not open the folder: get it anew from where it was trained."
        )
    if config["kind"] != kind:
        raise UnknownFormatError(
            f"{folder} is a model folder of kind {config['kind']!r}; expected {kind!r}. "
            "Give the folder of the right model."
        )
    return {**config}


def check_keys(folder: Path, table: object, keys: Iterable[str], *, within: str = MANIFEST) -> None:
    """Check that a table of a model folder has the keys that are about to be read.

    Parameters
    ----------
    folder : Path
        The folder.
    table : object
        What was read from it: the manifest, a table in it, or the arrays of one file.
    keys : Iterable[str]
        The keys that are needed.
    within : str
        What the table is, for the message.

    Raises
    ------
    UnknownFormatError
        When it is no table or lacks a key.
    """
    missing = [key for key in keys if not isinstance(table, Mapping) or key not in table]
    if missing:
        raise UnknownFormatError(
            f"{folder} lacks {', '.join(missing)} in its {within}; expected a folder that this program's "
            "training wrote. Train it again, or use the folder of the version that this program expects."
        )


def _listed_before(folder: Path) -> set[str]:
    """Return the plain names that an older manifest in the folder lists."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, TypeError, KeyError):
        return set()
    return {name for name in files if _is_plain_name(name)} if isinstance(files, dict) else set()


def _is_plain_name(name: str) -> bool:
    """Say whether a name stays inside its folder and is not the manifest."""
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\:\0") and name != MANIFEST


def _dense(array: "np.ndarray") -> "np.ndarray":
    """Return the array in C order: safetensors writes the memory as it lies."""
    import numpy as np

    return np.asarray(array, order="C")


def _replace(path: Path, data: bytes) -> None:
    """Write the bytes under a temporary name beside, then rename."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
