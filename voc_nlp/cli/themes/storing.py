"""Put a theme model on disk whole or not at all, and let one person at a time edit it."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from voc_nlp.artifacts import MANIFEST, read_manifest
from voc_nlp.errors import InputError, UnreadableFileError

if TYPE_CHECKING:
    from voc_nlp.topics.model import ThemeModel


def holds_themes(folder: Path) -> bool:
    """Say whether a folder holds a theme model, which may be replaced.

    Parameters
    ----------
    folder : Path
        Any folder.

    Returns
    -------
    bool
        False also for one that is not there.
    """
    from voc_nlp.topics.model import THEMES_KIND

    try:
        kind = json.loads((folder / MANIFEST).read_bytes())["kind"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(kind == THEMES_KIND)


def edit_folder(
    folder: Path, change: Callable[["ThemeModel"], "ThemeModel"], *, expected: int | None = None
) -> "ThemeModel":
    """Change the theme model in a folder; nobody else can in between.

    Parameters
    ----------
    folder : Path
        The theme model.
    change : Callable[[ThemeModel], ThemeModel]
        Gives the changed model.
    expected : int | None
        Revision that the folder must have; any when None.

    Returns
    -------
    ThemeModel
        As it lies in the folder now.

    Raises
    ------
    InputError
        If the folder has another revision than the expected one: somebody edited it in between.
    """
    from voc_nlp.topics.model import THEMES_KIND, ThemeModel

    with _locked(folder):
        model = ThemeModel.load(folder)
        if expected is not None and model.revision != expected:
            raise InputError(
                f"{folder} has revision {model.revision}; expected {expected}. Somebody edited it since; "
                "look at it with `voc themes show`, then edit again."
            )
        manifest = read_manifest(folder, THEMES_KIND)
        changed = change(model)
        _put(changed, folder, name=manifest["name"], version=manifest["version"])
    return changed


def store(model: "ThemeModel", folder: Path) -> None:
    """Write a fitted model in place of an older one.

    Parameters
    ----------
    model : ThemeModel
        The themes.
    folder : Path
        Where to.

    Raises
    ------
    UnreadableFileError
        If it cannot be written there.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableFileError(_unwritable(folder, error)) from error
    with _locked(folder):
        _put(model, folder, name="themes", version="1.0.0")


def _put(model: "ThemeModel", folder: Path, *, name: str, version: str) -> None:
    """Write the folder anew beside the old one, then exchange the two."""
    place = folder.resolve()
    token = secrets.token_hex(4)
    fresh, old = (place.with_name(f".{place.name}.{token}.{ending}") for ending in ("new", "old"))
    try:
        if place.is_dir():
            shutil.copytree(place, fresh)  # a card and figures stay beside the model
        model.save(fresh, name=name, version=version)
        if place.is_dir():
            os.rename(place, old)
        try:
            os.rename(fresh, place)
        except OSError:
            if old.is_dir():
                os.rename(old, place)
            raise
    except OSError as error:
        raise UnreadableFileError(_unwritable(folder, error)) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(fresh)
        if place.is_dir():
            with suppress(OSError):
                shutil.rmtree(old)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's parent for oneself; it stays while the folder is exchanged."""
    try:
        import fcntl
    except ImportError:  # Windows: edits there are one person's
        yield
        return
    try:
        handle = os.open(folder.resolve().parent, os.O_RDONLY)
    except OSError as error:
        raise UnreadableFileError(_unwritable(folder, error)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _unwritable(folder: Path, error: OSError) -> str:
    return f"{folder} cannot be written: {error.strerror or error}. Check its rights and the disk."
