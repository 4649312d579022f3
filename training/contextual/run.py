"""The contextual encoder's recipe from end to end: start, distil, teach, export, join with linear heads."""

import hashlib
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertModel

from training.config import TrainingConfig
from training.contextual.distill import DistillConfig, distill
from training.contextual.examples import build_examples
from training.contextual.export import export_network, quantise_rows
from training.contextual.finetune import FinetuneConfig, MultiTaskNetwork, finetune
from training.contextual.join import join_logits, make_part, one_hot
from training.contextual.materials import gather_materials, name_rows
from training.contextual.network import NetworkConfig, start_network
from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.data.mixture import read_public
from training.data.splits import split_by_writer
from training.encoder.teacher import teacher_path
from training.heads.phrases import weigh_phrases
from training.heads.tasks import DEPARTMENTS, LABELS, target
from training.provenance import describe_run
from voc_nlp.artifacts import open_folder, write_folder
from voc_nlp.contextual import CONTEXTUAL_KIND, NETWORK_FILE, ContextPart, ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.text.normalize import normalize

_log = logging.getLogger(__name__)
_LINEAR_TAGS_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class _Joined:
    """What the held-out comments decide: the parts of the context, and the weights of phrases."""

    parts: Mapping[str, ContextPart]
    phrases: Mapping[str, Mapping[str, float]]


def train_contextual(config: TrainingConfig, data: Path, models: Path, folder: Path) -> None:
    """Train and write the contextual encoder.

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    data : Path
        Folder with the public sets.
    models : Path
        Folder of the models; the static encoder and the linear heads must be there.
    folder : Path
        Where to write.
    """
    embedder = StaticEmbedder.load(models / config.encoder)
    split = split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)])
    rows = [*split.train, *_sample(read_public(data, config.sources, seed=config.seed), config)]
    network = _teach(config, data, models, embedder, rows)
    files = {"rows": quantise_rows(network.body)}, export_network(network.body)
    _write(files, folder, config, rows, _Joined({}, {}), {})
    vocabulary = NgramVocabulary.load(models / config.settings["ngrams"])
    heads = _linear_heads(models, config.settings)
    joined = _join(network, ContextualEncoder.load(folder, embedder), embedder, vocabulary, heads, split.dev)
    _write(files, folder, config, rows, joined, config.settings["thresholds"])


def _teach(
    config: TrainingConfig, data: Path, models: Path, embedder: StaticEmbedder, rows: Sequence[Labelled]
) -> MultiTaskNetwork:
    """Distil and teach; the outcome of each step is kept below var/, where a resumed run finds it."""
    settings = config.settings
    cache = models.parent / "var" / "contextual"
    cache.mkdir(parents=True, exist_ok=True)
    network = MultiTaskNetwork(_start(embedder, settings), settings["finetune"]["dropout"])
    start = (settings["network"], settings["distill"], config.encoder, config.seed)
    distilled = cache / f"distilled-{_digest(start)}.pt"
    lessons = (settings["finetune"], dict(config.sources), settings["most"], list(rows))
    taught = cache / f"taught-{_digest(start, lessons)}.pt"
    if taught.exists():
        _log.info("read from %s; remove it to teach again", taught)
        network.load_state_dict(torch.load(taught, weights_only=True))
        return network.eval()
    if distilled.exists():
        _log.info("read from %s; remove it to distil again", distilled)
        network.body.load_state_dict(torch.load(distilled, weights_only=True))
    else:
        materials = gather_materials(data, models.parent / "var" / "encoder", embedder, seed=config.seed)
        how = DistillConfig(**settings["distill"], seed=config.seed)
        distill(network.body, materials.texts, materials.goals, materials.goal_of, materials.scored, how)
        torch.save(network.body.state_dict(), distilled)
    teach = FinetuneConfig(**settings["finetune"], seed=config.seed)
    finetune(network, build_examples(rows, config.sources, embedder, longest=teach.longest), teach)
    torch.save(network.state_dict(), taught)
    return network


def _digest(*causes: object) -> str:
    """Name an outcome by its causes, so that a changed one is never answered from an old file."""
    return hashlib.sha256(repr(causes).encode()).hexdigest()[:16]


def _start(embedder: StaticEmbedder, settings: Mapping[str, Any]) -> Any:
    teacher = BertModel.from_pretrained(str(teacher_path()), add_pooling_layer=False)
    wordpieces = (teacher_path() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    shape = NetworkConfig(layers=tuple(settings["network"]["layers"]), narrow=settings["network"]["narrow"])
    return start_network(teacher, wordpieces, name_rows(embedder), embedder.table(), shape)


def _sample(rows: Sequence[Labelled], config: TrainingConfig) -> list[Labelled]:
    """Keep at most as many examples of a source as the configuration allows."""
    generator = random.Random(config.seed)
    by_source: dict[str, list[Labelled]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    most = config.settings["most"]
    return [
        row
        for source, members in by_source.items()
        for row in (
            generator.sample(members, most[source])
            if most.get(source, len(members)) < len(members)
            else members
        )
    ]


def _write(
    files: tuple[dict[str, dict[str, NDArray[np.generic]]], bytes],
    folder: Path,
    config: TrainingConfig,
    rows: Sequence[Labelled],
    joined: _Joined,
    thresholds: Mapping[str, float],
) -> None:
    parts = joined.parts
    heads = {f"{task}_weights": part.weights for task, part in parts.items()}
    heads |= {f"{task}_bias": part.bias for task, part in parts.items()}
    tensors, network = files
    write_folder(
        folder,
        kind=CONTEXTUAL_KIND,
        name=config.name,
        version=config.version,
        tensors={**tensors, "heads": heads or {"none": np.zeros(1, dtype=np.float32)}},
        binaries={NETWORK_FILE: network},
        facts={
            "linear_shares": {task: part.linear_share for task, part in parts.items()},
            "thresholds": dict(thresholds),
            "phrases": dict(joined.phrases),
            "encoder": config.encoder,
            "seed": config.seed,
            "sources": dict(config.sources),
            "settings": dict(config.settings),
            "run": describe_run(rows),
        },
    )


def _linear_heads(models: Path, settings: Mapping[str, Any]) -> dict[str, LinearHead]:
    found = {}
    for kind in ("sentiment", "routing"):
        model = open_folder(models / settings[f"linear_{kind}"], kind)
        for task, facts in model.config["heads"].items():
            found[task] = LinearHead.from_arrays(model.tensors(task), facts)
    return found


def _join(
    network: MultiTaskNetwork,
    encoder: ContextualEncoder,
    embedder: StaticEmbedder,
    vocabulary: NgramVocabulary,
    heads: Mapping[str, LinearHead],
    dev: Sequence[Labelled],
) -> _Joined:
    """Weigh network and linear heads on the dev writers, with the exported int8 network itself."""
    features = _features(dev, encoder, embedder, vocabulary)
    assert features.contextual is not None
    parts = {}
    for task, head in heads.items():
        weights, bias = _weights(network.heads[task])
        truth = _truth(dev, task)
        shares = join_logits(features.contextual @ weights + bias, head.logits(features), truth)
        _log.info("join: %s, network %.2f, linear %.2f", task, *shares)
        parts[task] = make_part(weights, bias, shares)
    parts["tags"] = make_part(*_weights(network.tags), (1 - _LINEAR_TAGS_SHARE, _LINEAR_TAGS_SHARE))
    parts["polarity"] = make_part(*_weights(network.polarities), (1.0, 0.0))
    both = {task: head.with_context(parts[task]) for task, head in heads.items()}
    return _Joined(parts, weigh_phrases(dev, features, both))


def _features(
    rows: Sequence[Labelled],
    encoder: ContextualEncoder,
    embedder: StaticEmbedder,
    vocabulary: NgramVocabulary,
) -> Features:
    pieces = embedder.pieces([normalize(row.text).text for row in rows])
    return Featurizer(embedder, vocabulary).featurize(pieces.whole(), encoder.run(pieces))


def _truth(rows: Sequence[Labelled], task: str) -> NDArray[np.float32]:
    if task != "departments":
        return one_hot([LABELS[task].index(str(target(row, task))) for row in rows], len(LABELS[task]))
    table = np.zeros((len(rows), len(DEPARTMENTS)), dtype=np.float32)
    for line, row in enumerate(rows):
        table[line, [DEPARTMENTS.index(name) for name in row.departments or ()]] = 1.0
    return table


def _weights(head: torch.nn.Module) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert isinstance(head, torch.nn.Linear)
    return np.ascontiguousarray(head.weight.detach().numpy().T), head.bias.detach().numpy()
