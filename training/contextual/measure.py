"""Measure the default tier's heads, network and linear together, on held-out examples."""

from pathlib import Path
from typing import Any

from training.config import TrainingConfig
from training.data.corpus import read_corpus
from training.data.splits import split_by_writer
from training.heads.measure import figures
from training.heads.tasks import LABELS, target
from voc_nlp.artifacts import open_folder
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Featurizer, NgramVocabulary
from voc_nlp.heads import LinearHead
from voc_nlp.text.normalize import normalize


def measure_contextual(config: TrainingConfig, models: Path, folder: Path) -> dict[str, Any]:
    """Measure every classification task on the test writers.

    Parameters
    ----------
    config : TrainingConfig
        Names the linear heads that the network is joined with.
    models : Path
        Folder of the models.
    folder : Path
        The written contextual encoder.

    Returns
    -------
    dict[str, Any]
        By task and language: macro-F1 with interval, expected calibration error, figures of every class.
    """
    embedder = StaticEmbedder.load(models / config.encoder)
    encoder = ContextualEncoder.load(folder, embedder)
    featurizer = Featurizer(embedder, NgramVocabulary.load(models / config.settings["ngrams"]))
    metrics: dict[str, Any] = {task: {} for task in LABELS}
    for lang in ("ja", "en"):
        rows = split_by_writer(read_corpus(lang)).test
        pieces = embedder.pieces([normalize(row.text).text for row in rows])
        features = featurizer.featurize(pieces.whole(), encoder.run(pieces))
        for task, labels in LABELS.items():
            kind = "sentiment" if task == "sentiment" else "routing"
            model = open_folder(models / config.settings[f"linear_{kind}"], kind)
            head = LinearHead.from_arrays(model.tensors(task), model.config["heads"][task])
            probabilities = head.with_context(encoder.parts[task]).predict(features)
            metrics[task][lang] = figures(probabilities, labels, [str(target(row, task)) for row in rows])
    return metrics
