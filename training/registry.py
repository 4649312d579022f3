"""Write a models folder's registry.toml in one step: a reader sees the old one or the new one."""

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from voc_nlp.errors import MissingArtifactError, UnknownFormatError
from voc_nlp.loading import REGISTRY

Tiers = Mapping[str, Mapping[str, str]]
"""Parts by tier: the version, and the folder of each part."""


def read_registry(models: Path) -> dict[str, dict[str, str]]:
    """Read all tiers.

    Parameters
    ----------
    models : Path
        Folder with ``registry.toml``.

    Returns
    -------
    dict[str, dict[str, str]]
        As `write_registry` takes them, in file order.

    Raises
    ------
    MissingArtifactError
        If there is no registry.
    UnknownFormatError
        If it is no registry.
    """
    path = models / REGISTRY
    if not path.is_file():
        raise MissingArtifactError(f"{path} is not there; expected a models folder with {REGISTRY}")
    try:
        tiers = tomllib.loads(path.read_text(encoding="utf-8"))["tiers"]
        return {name: {part: str(value) for part, value in parts.items()} for name, parts in tiers.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError) as error:
        raise UnknownFormatError(f"{path} is no registry ({error}); expected [tiers.NAME] tables") from error


def render_registry(tiers: Tiers, *, head: str, earlier: Tiers | None = None) -> str:
    """Write out a registry.

    Parameters
    ----------
    tiers : Tiers
        The tiers.
    head : str
        The comment at the top.
    earlier : Tiers | None
        The tiers that these took the place of, kept as ``[earlier.NAME]`` for people to read.

    Returns
    -------
    str
        TOML.
    """
    tables = [f"# {head}\n"]
    for key, group in (("tiers", tiers), ("earlier", earlier or {})):
        for name, parts in group.items():
            lines = [f"{part} = {json.dumps(value, ensure_ascii=False)}\n" for part, value in parts.items()]
            tables.append(f"[{key}.{name}]\n{''.join(lines)}")
    return "\n".join(tables)


def write_registry(models: Path, tiers: Tiers, *, head: str, earlier: Tiers | None = None) -> Path:
    """Write the registry.

    Parameters
    ----------
    models : Path
        The models folder.
    tiers : Tiers
        The tiers.
    head : str
        The comment at the top.
    earlier : Tiers | None
        The tiers that these took the place of.

    Returns
    -------
    Path
        The registry.
    """
    return replace_registry(models, render_registry(tiers, head=head, earlier=earlier))


def replace_registry(models: Path, text: str) -> Path:
    """Put a registry in the place of the one that is there.

    Parameters
    ----------
    models : Path
        The models folder.
    text : str
        The registry's text.

    Returns
    -------
    Path
        The registry.

    Raises
    ------
    BaseException
        Whatever ended the writing; the registry is then as it was.
    """
    path = models / REGISTRY
    temporary = path.with_name(f".{REGISTRY}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
