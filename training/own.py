"""A customer's labelled comments to a whole models folder: what they teach is learnt, the rest taken over."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from training.config import TrainingConfig, read_config
from training.data.examples import TASKS, gather_examples
from training.join_again import join_again
from training.registry import write_registry
from training.retrain import turn_to
from training.runs import check_public, read_split, train
from training.sentence_encoder import cached_encoder
from training.tracking import check_tracking
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import CONTEXTUAL_KIND
from voc_nlp.embedding import ENCODER_KIND
from voc_nlp.features import NGRAMS_KIND
from voc_nlp.loading import REGISTRY, read_tier
from voc_nlp.routing.model import ROUTING_KIND
from voc_nlp.sentence_encoder import SENTENCE_ENCODER
from voc_nlp.sentiment.model import SENTIMENT_KIND
from voc_nlp.topics.model import THEMES_KIND

KINDS: Mapping[str, str] = {
    "encoder": ENCODER_KIND,
    "ngrams": NGRAMS_KIND,
    "sentiment": SENTIMENT_KIND,
    "routing": ROUTING_KIND,
    "themes": THEMES_KIND,
    "contextual": CONTEXTUAL_KIND,
}
"""Kind of the model folder that each part of a tier is."""

_BASE = "default"
_COPIED = ("encoder", "ngrams", "sentiment", "routing", "themes")
_HEAD = "Models taught by labelled files; written by the training run."
_log = logging.getLogger(__name__)


def train_models(
    config: TrainingConfig,
    data: Path | None,
    start: Path,
    out: Path,
    *,
    encoder: str = "",
    skip_broken: bool = False,
) -> Path:
    """Train one kind of heads and write a whole models folder around them.

    Parameters
    ----------
    config : TrainingConfig
        Of kind sentiment or routing; its ``base`` names the tier to start from.
    data : Path | None
        Folder with the public sets; None where the configuration names none.
    start : Path
        The models folder to start from.
    out : Path
        The models folder to write; new or empty.
    encoder : str
        A sentence-transformers model, by path or a hub's name, whose vectors all heads and the themes are to
        read; empty to keep those of `start`.
    skip_broken : bool
        Whether to go on without the rows of labelled files that cannot be used.

    Returns
    -------
    Path
        The written registry.

    Raises
    ------
    ValueError
        If the configuration is of another kind, `out` holds something, or the examples do not suffice.
    """
    if config.kind not in TASKS:
        raise ValueError(
            f"a whole models folder is written around {' or '.join(TASKS)}; the configuration is of kind "
            f"{config.kind}: leave --labels and --out away"
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is not empty; expected a new or empty folder for the models")
    check_public(config, data)
    check_tracking()
    waiting = out.with_name(f".{out.name}.part")  # what an interrupted run leaves is never taken for models
    shutil.rmtree(waiting, ignore_errors=True)
    try:
        _build(config, data, start, waiting, encoder, skip_broken)
        if out.exists():
            out.rmdir()
        waiting.rename(out)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return out / REGISTRY


def _build(
    config: TrainingConfig, data: Path | None, start: Path, out: Path, encoder: str, skip_broken: bool
) -> None:
    """Train, and lay the folder out."""
    parts = read_tier(start, str(config.settings.get("base", _BASE)))
    named = _resolve(parts[SENTENCE_ENCODER], start)
    encoder = _resolve(encoder or config.sentence_encoder, start) or named
    corpus = read_split()
    examples = gather_examples(config, corpus, data, skip_broken=skip_broken, every_task=encoder != named)
    if encoder != named:
        cached_encoder(encoder, out, may_fetch=True)  # a wrong name ends the run before anything is written
        chosen = _take_over(start, out, {part: parts[part] for part in ("encoder", "ngrams")})
        config = replace(turn_to(config, encoder, chosen, data is not None), files=config.files)
        chosen |= _learn_others(config, data, out, chosen)
        folder = train(config, data, out, examples=examples)
    else:
        others = {part: parts[part] for part in _COPIED if part != config.kind}
        chosen = _take_over(start, out, others)
        config = replace(turn_to(config, encoder, chosen, data is not None), files=config.files)
        _log.info("train: %s, %s", config.kind, ", ".join(sorted(examples.taught)))
        folder = train(config, data, out, examples=examples, taken_over=start / parts[config.kind])
    chosen[config.kind] = folder.relative_to(out).as_posix()
    contextual = ""
    if parts["contextual"] and encoder == named:
        contextual = join_again(start / parts["contextual"], out, config, examples, chosen)
    version = f"{parts['version'].removesuffix('-fast')}-{config.version}"
    _register(config, out, chosen, contextual, version)


def _learn_others(
    config: TrainingConfig, data: Path | None, out: Path, parts: Mapping[str, str]
) -> dict[str, str]:
    """Learn the other heads and the themes on a new encoder, as `retrain` does."""
    found = {}
    for kind in ("sentiment", "routing", "themes"):
        if kind == config.kind:
            continue
        _log.info("train: %s", kind)
        other = turn_to(read_config(kind), config.sentence_encoder, parts, data is not None)
        train(other, data, out)
        found[kind] = f"{other.name}/{other.version}"
    return found


def _take_over(start: Path, out: Path, parts: Mapping[str, str]) -> dict[str, str]:
    """Copy parts, each checked against its manifest."""
    for part, folder in parts.items():
        open_folder(start / folder, KINDS[part])
        shutil.copytree(start / folder, out / folder)
    return dict(parts)


def _register(
    config: TrainingConfig, out: Path, chosen: Mapping[str, str], contextual: str, version: str
) -> None:
    """Name the parts; with a contextual encoder in two tiers, else in one that is found by both names."""
    order = ("encoder", "ngrams", "sentiment", "routing", "themes")
    parts = {part: chosen[part] for part in order}
    if config.sentence_encoder:
        parts[SENTENCE_ENCODER] = config.sentence_encoder
    default = {"contextual": contextual, **parts} if contextual else parts
    fast = f"{version}-fast" if contextual else version
    write_registry(
        out, {"default": {"version": version, **default}, "fast": {"version": fast, **parts}}, head=_HEAD
    )


def _resolve(name: str, start: Path) -> str:
    """Find a sentence encoder that is a folder, here or within the models folder."""
    for path in (start / name, Path(name)):
        if name and path.is_dir():
            return str(path.resolve())
    return name
