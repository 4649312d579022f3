"""Heads and themes on another sentence encoder: one run, a whole models folder."""

import logging
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from training.config import TrainingConfig, read_config
from training.registry import write_registry
from training.runs import train
from training.sentence_encoder import cached_encoder
from voc_nlp.loading import read_tier
from voc_nlp.sentence_encoder import SENTENCE_ENCODER

_log = logging.getLogger(__name__)
_KINDS = ("sentiment", "routing", "themes")
_TAKEN_OVER = ("encoder", "ngrams")


def retrain(encoder: str, models: Path, start: Path, data: Path | None) -> Path:
    """Train sentiment, routing and themes on a sentence encoder.

    Parameters
    ----------
    encoder : str
        A sentence-transformers model: a local folder, or a name that a hub knows.
    models : Path
        The models folder to write; new or empty.
    start : Path
        The models folder whose static encoder and n-grams are taken over.
    data : Path | None
        Folder with the public sets; the authored corpus alone is learnt from when None.

    Returns
    -------
    Path
        The written registry, whose tier ``default`` names all parts.

    Raises
    ------
    ValueError
        If `models` holds something.
    """
    if models.exists() and (not models.is_dir() or any(models.iterdir())):
        raise ValueError(f"{models} is not empty; expected a new or empty folder for the retrained models")
    name = str(Path(encoder).resolve()) if Path(encoder).is_dir() else encoder
    cached_encoder(name, models, may_fetch=True)  # a wrong name ends the run before anything is written
    parts = read_tier(start, "default")
    chosen = {part: parts[part] for part in _TAKEN_OVER}
    for folder in chosen.values():
        shutil.copytree(start / folder, models / folder)
    for kind in _KINDS:
        config = turn_to(read_config(kind), name, chosen, data is not None)
        _log.info("retrain: %s", kind)
        train(config, data, models)
        chosen[kind] = f"{config.name}/{config.version}"
    version = f"{parts['version']}-{_slug(name)}"
    return write_registry(
        models,
        {"default": {"version": version, **chosen, SENTENCE_ENCODER: name}},
        head="Heads and themes on the vectors of a sentence-transformers model; written by the training run.",
    )


def turn_to(
    config: TrainingConfig, encoder: str, parts: Mapping[str, str], with_public: bool
) -> TrainingConfig:
    """Turn a configuration to another encoder, and to the corpus alone where there is no more.

    Parameters
    ----------
    config : TrainingConfig
        Of heads or themes.
    encoder : str
        The sentence encoder; empty for the static encoder's own vectors.
    parts : Mapping[str, str]
        Folders of the encoder and of the n-grams, by part.
    with_public : bool
        Whether public sets are there to learn from.

    Returns
    -------
    TrainingConfig
        Another configuration.
    """
    sources = {name: weight for name, weight in config.sources.items() if with_public or name == "corpus"}
    settings = {**config.settings, **({"ngrams": parts["ngrams"]} if "ngrams" in config.settings else {})}
    return replace(
        config,
        encoder=parts["encoder"],
        sentence_encoder=encoder,
        sources=sources,
        settings=settings,
    )


def _slug(name: str) -> str:
    """Make the encoder's last name fit for a version."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(name).name).strip("-") or "encoder"
