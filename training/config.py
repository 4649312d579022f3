"""Read a training configuration: a TOML file by path, or by the name of a committed one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).resolve().parent / "configs"
KINDS = ("encoder", "ngrams", "sentiment", "routing", "contextual", "themes")


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
    settings: Mapping[str, Any] = field(default_factory=dict)


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
        known = ", ".join(sorted(file.stem for file in CONFIGS.glob("*.toml")))
        raise ValueError(f"no configuration {name_or_path!r}; give a path or one of {known}")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    missing = [key for key in ("kind", "name", "version", "seed") if key not in table]
    if missing or table["kind"] not in KINDS:
        raise ValueError(
            f"{path} lacks {', '.join(missing) or 'a known kind'}; "
            f"expected kind (one of {', '.join(KINDS)}), name, version and seed"
        )
    known_keys = ("kind", "name", "version", "seed", "encoder", "sentence_encoder", "sources")
    return TrainingConfig(
        kind=table["kind"],
        name=table["name"],
        version=table["version"],
        seed=table["seed"],
        encoder=table.get("encoder", ""),
        sentence_encoder=table.get("sentence_encoder", ""),
        sources=table.get("sources", {}),
        settings={key: value for key, value in table.items() if key not in known_keys},
    )
