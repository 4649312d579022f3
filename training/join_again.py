"""Carry a contextual encoder over to heads that were taught anew: the same network, shares weighed again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.config import TrainingConfig
from training.contextual.join import join_logits, make_part, one_hot
from training.data.examples import Examples
from training.data.labelled import Labelled
from training.heads.phrases import weigh_phrases
from training.heads.tasks import departments_of, target
from voc_nlp.artifacts import MANIFEST, open_folder, write_folder
from voc_nlp.contextual import CONTEXTUAL_KIND, NETWORK_FILE, ContextPart, ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.text.normalize import normalize

_OWNER_THRESHOLDS = ("abstain_below", "share_from")
_MANIFEST_KEYS = ("format", "kind", "name", "version", "files")


def join_again(
    base: Path, out: Path, config: TrainingConfig, examples: Examples, parts: Mapping[str, str]
) -> str:
    """Write a contextual encoder that goes with new heads.

    What it says of a task with classes of the customer's own is left out: it does not know them. For the
    other tasks that were taught, network and head are weighed again on the dev writers.

    Parameters
    ----------
    base : Path
        The contextual encoder to start from.
    out : Path
        The models folder, where the other parts are already.
    config : TrainingConfig
        Of the heads that were taught.
    examples : Examples
        What they were taught.
    parts : Mapping[str, str]
        Folders within `out`, by part.

    Returns
    -------
    str
        The written folder, within `out`.
    """
    model = open_folder(base, CONTEXTUAL_KIND)
    embedder = StaticEmbedder.load(out / parts["encoder"])
    encoder = ContextualEncoder.load(base, embedder)
    dropped = sorted(examples.own & set(encoder.parts))
    again = sorted((examples.taught - examples.own) & set(encoder.parts))
    kept = {task: part for task, part in encoder.parts.items() if task not in dropped}
    phrases: Mapping[str, Any] = encoder.phrases
    if again:
        heads = _heads(out / parts[config.kind], config.kind)
        features = _features(examples.dev, encoder, embedder, NgramVocabulary.load(out / parts["ngrams"]))
        for task in again:
            kept[task] = _weigh(encoder.parts[task], heads[task], features, examples, task)
        if {"urgency", "churn"} & set(again):
            joined = {task: heads[task].with_context(kept[task]) for task in ("urgency", "churn")}
            phrases = weigh_phrases(examples.dev, features, joined)
    thresholds = {
        name: value
        for name, value in encoder.thresholds.items()
        if "owner" not in dropped or name not in _OWNER_THRESHOLDS
    }
    name, version = str(model.config["name"]), f"{model.config['version']}-{config.version}"
    folder = out / name / version
    facts = {key: value for key, value in model.config.items() if key not in _MANIFEST_KEYS}
    write_folder(
        folder,
        kind=CONTEXTUAL_KIND,
        name=name,
        version=version,
        tensors={"rows": model.tensors("rows"), "heads": _arrays(kept)},
        binaries={NETWORK_FILE: model.path_of(NETWORK_FILE).read_bytes()},
        facts={
            **facts,
            "linear_shares": {task: part.linear_share for task, part in kept.items()},
            "thresholds": thresholds,
            "phrases": dict(phrases),
            "settings": {**facts["settings"], f"linear_{config.kind}": parts[config.kind]},
            "carried_over": {"from": base.name, "left_out": dropped, "weighed_again": again},
        },
    )
    _write_card(folder, base, parts[config.kind], dropped, again)
    return folder.relative_to(out).as_posix()


def _heads(folder: Path, kind: str) -> dict[str, LinearHead]:
    model = open_folder(folder, kind)
    return {
        task: LinearHead.from_arrays(model.tensors(task), facts)
        for task, facts in model.config["heads"].items()
    }


def _features(
    rows: tuple[Labelled, ...],
    encoder: ContextualEncoder,
    embedder: StaticEmbedder,
    vocabulary: NgramVocabulary,
) -> Features:
    pieces = embedder.pieces([normalize(row.text).text for row in rows])
    return Featurizer(embedder, vocabulary).featurize(pieces.whole(), encoder.run(pieces))


def _weigh(
    part: ContextPart, head: LinearHead, features: Features, examples: Examples, task: str
) -> ContextPart:
    assert features.contextual is not None
    network = features.contextual @ part.weights + part.bias
    shares = join_logits(network, head.logits(features), _truth(examples, task))
    return make_part(part.weights, part.bias, shares)


def _truth(examples: Examples, task: str) -> NDArray[np.float32]:
    if task != "departments":
        labels = examples.labels[task]
        return one_hot([labels.index(str(target(row, task))) for row in examples.dev], len(labels))
    departments = departments_of(examples.labels)
    table = np.zeros((len(examples.dev), len(departments)), dtype=np.float32)
    for line, row in enumerate(examples.dev):
        table[line, [departments.index(name) for name in row.departments or ()]] = 1.0
    return table


def _arrays(parts: Mapping[str, ContextPart]) -> dict[str, NDArray[np.float32]]:
    arrays = {f"{task}_weights": part.weights for task, part in parts.items()}
    return arrays | {f"{task}_bias": part.bias for task, part in parts.items()}


def _write_card(folder: Path, base: Path, heads: str, dropped: list[str], again: list[str]) -> None:
    lines = [
        f"# {folder.parent.name} {folder.name}",
        f"The network of {folder.parent.name} {base.name}, unchanged, beside the heads of {heads}.",
        f"Left out, since the classes are the customer's own: {', '.join(dropped) or 'nothing'}. "
        f"Weighed again against new heads, on the dev writers: {', '.join(again) or 'nothing'}.",
        "Licence of the weights, sources and limits are those of that network; figures of the new heads, "
        f"without the network, stand in their own card. `{MANIFEST}` states every file's sha256.",
    ]
    (folder / "README.md").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
