"""The training runs, one a kind of model: read, learn, measure on held-out text, write folder and card."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.card import write_card
from training.config import TrainingConfig
from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.data.mixture import read_public
from training.data.splits import Split, split_by_writer
from training.evaluate.metrics import overlap_f1
from training.heads.learner import HeadLearner
from training.heads.measure import measure_head
from training.heads.ngrams import choose_ngrams
from training.heads.phrases import weigh_phrases
from training.heads.tagger import train_tagger
from training.provenance import describe_run
from training.sentence_encoder import cached_encoder
from voc_nlp.artifacts import write_folder
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.features import NGRAMS_KIND, NgramVocabulary, hash_ngrams
from voc_nlp.heads import LinearHead
from voc_nlp.routing.model import ROUTING_KIND
from voc_nlp.schema import Comment, Refusal
from voc_nlp.sentence_encoder import SENTENCE_ENCODER, describe_encoder, name_encoder
from voc_nlp.sentiment.aspects import AspectTagger
from voc_nlp.sentiment.model import SENTIMENT_KIND
from voc_nlp.text.normalize import normalize

_log = logging.getLogger(__name__)


def train(config: TrainingConfig, data: Path | None, models: Path) -> Path:
    """Run one training configuration.

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    data : Path | None
        Folder with the public sets; None where only the corpus is learnt from.
    models : Path
        Folder of the models; the new one is written below it.

    Returns
    -------
    Path
        The written model folder.

    Raises
    ------
    ValueError
        If there is no data, but the configuration names public sets or its kind needs them.
    """
    public = sorted({*config.sources} - {"corpus"})
    if data is None and (public or config.kind in ("encoder", "contextual")):
        raise ValueError(
            f"{config.kind} learns from public sets ({', '.join(public) or 'pairs of sentences'}); "
            "expected the folder that holds them"
        )
    folder = models / config.name / config.version
    runs = {
        "encoder": _encoder,
        "ngrams": _ngrams,
        "sentiment": _sentiment,
        "routing": _routing,
        "contextual": _contextual,
        "themes": _themes,
    }
    metrics = runs[config.kind](config, data, models, folder)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    write_card(folder, replace(config, sentence_encoder=_encoder_name(config, models)), metrics)
    return folder


def _encoder(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    from training.data.public import read_hotel_reviews
    from training.encoder.build import build_encoder
    from training.encoder.export import write_encoder
    from training.encoder.table import TableConfig

    assert data is not None, "train looks"
    table = TableConfig(**config.settings["table"], seed=config.seed)
    authored = split_by_writer(read_corpus("ja")).train
    extra = [row.text for row in (*authored, *read_hotel_reviews(data))]
    built = build_encoder(data, models.parent / "var" / "encoder", table, extra_japanese=extra)
    facts = {"settings": dict(config.settings), "seed": config.seed, "run": describe_run()}
    write_encoder(built, folder, name=config.name, version=config.version, facts=facts)
    return {"held_out": built.figures}


def _ngrams(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    embedder = StaticEmbedder.load(models / config.encoder)
    split, rows = _examples(config, data)
    keys, idf = choose_ngrams(
        embedder,
        rows,
        least_texts=config.settings["least_texts"],
        least_public_texts=config.settings["least_public_texts"],
    )
    write_folder(
        folder,
        kind=NGRAMS_KIND,
        name=config.name,
        version=config.version,
        tensors={"ngrams": {"keys": keys, "idf": idf}},
        facts=_provenance(config, rows),
    )
    hashes, owners = hash_ngrams(embedder.pieces([normalize(row.text).text for row in split.test]).whole())
    known = NgramVocabulary(keys, idf).find(hashes, owners)[0]
    distinct = len(np.unique(np.stack([owners.astype(np.uint64), hashes]), axis=1).T)
    return {"held_out": {"ngrams": len(keys), "known_share_of_held_out": len(known) / distinct}}


def _sentiment(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    embedder = StaticEmbedder.load(models / config.encoder)
    split, rows = _examples(config, data)
    learner = _learner(config, models, embedder, rows, split)
    head = learner.learn("sentiment", list(config.sources))
    tagger_settings = config.settings["tagger"]
    arrays = train_tagger(embedder, rows, config.sources, epochs=tagger_settings["epochs"], seed=config.seed)
    tagger = AspectTagger(embedder, arrays, least_probability=tagger_settings["least_probability"])
    write_folder(
        folder,
        kind=SENTIMENT_KIND,
        name=config.name,
        version=config.version,
        tensors={"sentiment": head.to_arrays(), "aspects": arrays},
        facts={
            "heads": {"sentiment": _facts(head)},
            "thresholds": {"aspect": tagger_settings["least_probability"]},
            **_sentence_facts(config, models),
            **_provenance(config, rows),
        },
    )
    return {
        "sentiment": measure_head(learner, head, "sentiment", split.test),
        "aspect_terms": _measure_tagger(embedder, tagger, split.test),
    }


def _routing(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    embedder = StaticEmbedder.load(models / config.encoder)
    split, rows = _examples(config, data)
    learner = _learner(config, models, embedder, rows, split)
    heads = {
        task: learner.learn(task, list(config.sources)) for task in ("owner", "intent", "urgency", "churn")
    }
    departments = learner.learn_departments(list(config.sources))
    write_folder(
        folder,
        kind=ROUTING_KIND,
        name=config.name,
        version=config.version,
        tensors={name: head.to_arrays() for name, head in (*heads.items(), ("departments", departments))},
        facts={
            "heads": {name: _facts(head) for name, head in (*heads.items(), ("departments", departments))},
            "thresholds": dict(config.settings["thresholds"]),
            "phrases": weigh_phrases(split.dev, learner.features(split.dev), heads),
            **_sentence_facts(config, models),
            **_provenance(config, rows),
        },
    )
    return {task: measure_head(learner, head, task, split.test) for task, head in heads.items()}


def _contextual(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    from training.contextual.measure import measure_contextual
    from training.contextual.run import train_contextual

    assert data is not None, "train looks"
    train_contextual(config, data, models, folder)
    return measure_contextual(config, models, folder)


def _themes(config: TrainingConfig, data: Path | None, models: Path, folder: Path) -> dict[str, Any]:
    from voc_nlp.topics.assign import assign_comments
    from voc_nlp.topics.fit import fit_themes
    from voc_nlp.topics.theme import ThemeKind

    embedder = _sentence_encoder(config, models) or StaticEmbedder.load(models / config.encoder)
    rows = [row for lang in ("ja", "en") for row in split_by_writer(read_corpus(lang)).train]
    comments = [Comment(str(number), row.text, row.lang) for number, row in enumerate(rows)]
    model = fit_themes(
        comments,
        embedder,
        seed=config.seed,
        most_themes=config.settings["most_themes"],
        encoder=_encoder_name(config, models) or config.encoder,
    )
    model.save(folder, name=config.name, version=config.version)
    held_out = [row for lang in ("ja", "en") for row in split_by_writer(read_corpus(lang)).test]
    asked = [Comment(str(number), row.text, row.lang) for number, row in enumerate(held_out)]
    found = [one for one in assign_comments(model, asked, embedder) if not isinstance(one, Refusal)]
    learnt = [theme for theme in model.themes if theme.kind is ThemeKind.LEARNT]
    both = sum(bool(theme.keywords["ja"]) and bool(theme.keywords["en"]) for theme in learnt)
    return {
        "held_out": {
            "unassigned_share": round(sum(not themes for themes in found) / len(found), 4),
            "n": len(found),
        },
        "themes": len(learnt),
        "groups": sum(theme.kind is ThemeKind.GROUP for theme in model.themes),
        "themes_named_in_both_languages": round(both / len(learnt), 4),
    }


def _examples(config: TrainingConfig, data: Path | None) -> tuple[Split, list[Labelled]]:
    split = split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)])
    public = [] if data is None else read_public(data, config.sources, seed=config.seed)
    return split, [*split.train, *public]


def _learner(
    config: TrainingConfig, models: Path, embedder: StaticEmbedder, rows: Sequence[Labelled], split: Split
) -> HeadLearner:
    settings = config.settings["head"]
    return HeadLearner(
        embedder,
        NgramVocabulary.load(models / config.settings["ngrams"]),
        rows,
        split.dev,
        config.sources,
        vector_scale=settings["vector_scale"],
        strength=settings["strength"],
        sentence_encoder=_sentence_encoder(config, models),
    )


def _sentence_encoder(config: TrainingConfig, models: Path) -> Embedder | None:
    return cached_encoder(config.sentence_encoder, models) if config.sentence_encoder else None


def _sentence_facts(config: TrainingConfig, models: Path) -> dict[str, Any]:
    """Describe the sentence encoder, where there is one, so that heads are never used with another."""
    encoder = _sentence_encoder(config, models)
    name = _encoder_name(config, models)
    return {SENTENCE_ENCODER: describe_encoder(name, encoder)} if encoder else {}


def _encoder_name(config: TrainingConfig, models: Path) -> str:
    """Name the sentence encoder without the path of this machine; empty where there is none."""
    return name_encoder(config.sentence_encoder, models) if config.sentence_encoder else ""


def _facts(head: LinearHead) -> dict[str, Any]:
    return {"labels": list(head.labels), "temperature": head.temperature, "multilabel": head.multilabel}


def _provenance(config: TrainingConfig, rows: Sequence[Labelled]) -> dict[str, Any]:
    return {
        "encoder": config.encoder,
        "seed": config.seed,
        "sources": dict(config.sources),
        "settings": dict(config.settings),
        "run": describe_run(rows),
    }


def _measure_tagger(
    embedder: StaticEmbedder, tagger: AspectTagger, rows: Sequence[Labelled]
) -> dict[str, Any]:
    found = {}
    for lang in ("ja", "en"):
        chosen = [row for row in rows if row.lang == lang]
        texts = [normalize(row.text).text for row in chosen]
        spans = [[(s.start, s.end) for s in spans] for spans in tagger.find(texts, embedder.pieces(texts))]
        truth = [
            [(start, start + len(normalize(term).text)) for term, start in _places(text, row)]
            for text, row in zip(texts, chosen, strict=True)
        ]
        found[lang] = {**overlap_f1(truth, spans), "n": len(chosen)}
    return found


def _places(text: str, row: Labelled) -> list[tuple[str, int]]:
    """Find where each labelled term first stands in the normalised text."""
    terms = [term for term, _ in row.aspects or ()]
    return [(term, text.find(normalize(term).text)) for term in terms if normalize(term).text in text]
