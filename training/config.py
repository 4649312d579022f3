"""Read a training configuration: a TOML file by path, or by the name of a committed one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).resolve().parent / "configs"
PROMOTION = CONFIGS / "promotion.toml"
"""The one file there that describes no training: the floors that `training.promote` asks for."""

KINDS = ("encoder", "ngrams", "sentiment", "routing", "contextual", "themes")

OWN_LABELS = ("departments", "intents")
"""Tasks whose classes may be a customer's own."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What to train, and how.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    name, version : str
        Of the model folder.
    seed : int
        Of everything random.
    encoder : str
        Encoder folder below the models folder; empty for the encoder itself.
    sentence_encoder : str
        sentence-transformers model whose vectors heads and themes read, by path or a hub's name;
        empty for the encoder's own.
    sources : Mapping of str to float
        Weight by source.
    files : Mapping of str to float
        Weight by labelled file, each by its path.
    labels : Mapping of str to Any
        Classes of the customer's own, by ``departments`` and ``intents``: a list of ids, or ``files`` for
        those that stand in the labelled files. What is not named keeps the shipped classes.
    settings : Mapping of str to Any
        The rest of the file, by table.
    """

    kind: str
    name: str
    version: str
    seed: int
    encoder: str = ""
    sentence_encoder: str = ""
    sources: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def committed_configs() -> list[str]:
    """Name the configurations in training/configs.

    Returns
    -------
    list[str]
        Sorted, without ``.toml``.
    """
    return sorted(file.stem for file in CONFIGS.glob("*.toml") if file != PROMOTION)


def read_config(name_or_path: str) -> TrainingConfig:
    """Read a configuration.

    Parameters
    ----------
    name_or_path : str
        A path, or the name of a file in training/configs without ``.toml``.

    Returns
    -------
    TrainingConfig
        Checked.

    Raises
    ------
    ValueError
        If there is no such file, or a field is missing or unknown.
    """
    path = Path(name_or_path)
    if not path.is_file():
        path = CONFIGS / f"{name_or_path}.toml"
    if not path.is_file():
        known = ", ".join(committed_configs())
        raise ValueError(f"no configuration {name_or_path!r}; give a path or one of {known}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML in UTF-8: {error}") from error
    missing = [key for key in ("kind", "name", "version", "seed") if key not in table]
    if missing or table["kind"] not in KINDS:
        raise ValueError(
            f"{path} lacks {', '.join(missing) or 'a known kind'}; "
            f"expected kind (one of {', '.join(KINDS)}), name, version and seed"
        )
    own_keys = sorted(set(table.get("labels", {})) - set(OWN_LABELS))
    if own_keys:
        raise ValueError(
            f"{path}: [labels] names {', '.join(own_keys)}; expected {' or '.join(OWN_LABELS)}, the other "
            "tasks have fixed classes"
        )
    known_keys = (
        "kind",
        "name",
        "version",
        "seed",
        "encoder",
        "sentence_encoder",
        "sources",
        "files",
        "labels",
    )
    return TrainingConfig(
        kind=table["kind"],
        name=table["name"],
        version=table["version"],
        seed=table["seed"],
        encoder=table.get("encoder", ""),
        sentence_encoder=table.get("sentence_encoder", ""),
        sources=table.get("sources", {}),
        files={str(path.parent / file): weight for file, weight in table.get("files", {}).items()},
        labels=table.get("labels", {}),
        settings={key: value for key, value in table.items() if key not in known_keys},
    )
