"""The training runs, one a kind of model: read, learn, measure on held-out text, write folder and card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.card import write_card
from training.config import TrainingConfig
from training.data.corpus import read_corpus
from training.data.examples import TASKS, Examples, gather_examples
from training.data.labelled import Labelled
from training.data.mixture import read_public
from training.data.splits import Split, split_by_writer
from training.evaluate.metrics import overlap_f1
from training.heads.learner import HeadLearner
from training.heads.measure import measure_head, measure_slices
from training.heads.ngrams import choose_ngrams
from training.heads.phrases import weigh_phrases
from training.heads.tagger import train_tagger
from training.progress import steps
from training.provenance import describe_run
from training.sentence_encoder import cached_encoder
from training.tracking import check_tracking, log_run
from voc_nlp.artifacts import ModelFolder, open_folder, write_folder
from voc_nlp.embedding import Embedder, StaticEmbedder
from voc_nlp.features import NGRAMS_KIND, NgramVocabulary, hash_ngrams
from voc_nlp.heads import LinearHead
from voc_nlp.routing.model import ROUTING_KIND
from voc_nlp.schema import Comment, Refusal
from voc_nlp.sentence_encoder import SENTENCE_ENCODER, describe_encoder, name_encoder
from voc_nlp.sentiment.aspects import AspectTagger
from voc_nlp.sentiment.model import SENTIMENT_KIND
from voc_nlp.text.normalize import normalize


def train(
    config: TrainingConfig,
    data: Path | None,
    models: Path,
    *,
    examples: Examples | None = None,
    taken_over: Path | None = None,
) -> Path:
    """Run one training configuration; what it lacks is said before it begins (`check_public`).

    Parameters
    ----------
    config : TrainingConfig
        What to train.
    data : Path | None
        Folder with the public sets; None where only the corpus is learnt from.
    models : Path
        Folder of the models; the new one is written below it.
    examples : Examples | None
        What heads learn from; what the configuration names when None.
    taken_over : Path | None
        Model folder of this kind from which heads come that `examples` does not teach.

    Returns
    -------
    Path
        The written model folder.
    """
    check_public(config, data)
    check_tracking()
    folder = models / config.name / config.version
    slices: list[dict[str, Any]] = []
    if config.kind in TASKS:
        given = examples or gather_examples(config, read_split(), data)
        learn = {"sentiment": _sentiment, "routing": _routing}[config.kind]
        metrics, slices = learn(config, given, models, folder, taken_over)
        _write_json(folder / "slices.json", slices)
    else:
        runs = {"encoder": _encoder, "ngrams": _ngrams, "contextual": _contextual, "themes": _themes}
        metrics = runs[config.kind](config, data, models, folder)
    _write_json(folder / "metrics.json", metrics)
    write_card(folder, replace(config, sentence_encoder=_encoder_name(config, models)), metrics, slices)
    log_run(folder, metrics)
    return folder


def check_public(config: TrainingConfig, data: Path | None) -> None:
    """Check that the public sets are there where a run needs them.

    Parameters
    ----------
    config : TrainingConfig
        What is to be trained.
    data : Path | None
        Folder with the public sets.

    Raises
    ------
    ValueError
        If there is none, but the configuration names public sets or its kind needs them.
    """
    public = sorted({*config.sources} - {"corpus"})
    if data is None and (public or config.kind in ("encoder", "contextual")):
        raise ValueError(
            f"{config.kind} learns from public sets ({', '.join(public) or 'pairs of sentences'}); "
            "expected the folder that holds them"
        )


def read_split() -> Split:
    """Read the authored corpus, both languages, split by writer.

    Returns
    -------
    Split
        Train, dev and test writers.
    """
    return split_by_writer([row for lang in ("ja", "en") for row in read_corpus(lang)])


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
    split = read_split()
    public = [] if data is None else read_public(data, config.sources, seed=config.seed)
    rows = (*split.train, *public)
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
        facts={
            "encoder": config.encoder,
            "seed": config.seed,
            "sources": dict(config.sources),
            "settings": dict(config.settings),
            "run": describe_run(rows),
        },
    )
    hashes, owners = hash_ngrams(embedder.pieces([normalize(row.text).text for row in split.test]).whole())
    known = NgramVocabulary(keys, idf).find(hashes, owners)[0]
    distinct = len(np.unique(np.stack([owners.astype(np.uint64), hashes]), axis=1).T)
    return {"held_out": {"ngrams": len(keys), "known_share_of_held_out": len(known) / distinct}}


def _sentiment(
    config: TrainingConfig, examples: Examples, models: Path, folder: Path, taken_over: Path | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    embedder = StaticEmbedder.load(models / config.encoder)
    learner = _learner(config, models, embedder, examples)
    base = None if taken_over is None else open_folder(taken_over, SENTIMENT_KIND)
    heads = _learn(learner, examples, base, ("sentiment",))
    tagger_settings = config.settings["tagger"]
    least = tagger_settings["least_probability"]
    if base is None or "aspects" in examples.taught:
        arrays = train_tagger(
            embedder, examples.train, examples.weights, epochs=tagger_settings["epochs"], seed=config.seed
        )
    else:
        arrays, least = base.tensors("aspects"), base.config["thresholds"]["aspect"]
    tagger = AspectTagger(embedder, arrays, least_probability=least)
    write_folder(
        folder,
        kind=SENTIMENT_KIND,
        name=config.name,
        version=config.version,
        tensors={"sentiment": heads["sentiment"].to_arrays(), "aspects": arrays},
        facts={
            "heads": {name: _facts(head) for name, head in heads.items()},
            "thresholds": {"aspect": least},
            **_sentence_facts(config, models),
            **_provenance(config, examples),
        },
    )
    taught = [task for task in TASKS["sentiment"] if base is None or task in examples.taught]
    metrics, slices = _measure(learner, heads, [task for task in taught if task != "aspects"], examples)
    if "aspects" in taught:
        metrics["aspect_terms"] = _measure_tagger(embedder, tagger, examples.test)
    return metrics, slices


def _routing(
    config: TrainingConfig, examples: Examples, models: Path, folder: Path, taken_over: Path | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    embedder = StaticEmbedder.load(models / config.encoder)
    learner = _learner(config, models, embedder, examples)
    base = None if taken_over is None else open_folder(taken_over, ROUTING_KIND)
    tasks = ("owner", "intent", "urgency", "churn")
    heads = _learn(learner, examples, base, (*tasks, "departments"))
    weighed = base is None or {"urgency", "churn"} & examples.taught
    write_folder(
        folder,
        kind=ROUTING_KIND,
        name=config.name,
        version=config.version,
        tensors={name: head.to_arrays() for name, head in heads.items()},
        facts={
            "heads": {name: _facts(head) for name, head in heads.items()},
            "thresholds": dict(config.settings["thresholds"]),
            "phrases": weigh_phrases(examples.dev, learner.features(examples.dev), heads)
            if base is None or weighed
            else base.config["phrases"],
            **_sentence_facts(config, models),
            **_provenance(config, examples),
        },
    )
    taught = [task for task in tasks if base is None or task in examples.taught]
    return _measure(learner, heads, taught, examples)


def _learn(
    learner: HeadLearner, examples: Examples, base: ModelFolder | None, tasks: Sequence[str]
) -> dict[str, LinearHead]:
    """Learn the heads that are taught; take the others over."""
    sources = list(examples.weights)
    heads = {}
    for task in steps(tasks, "heads"):
        if base is not None and task not in examples.taught:
            heads[task] = LinearHead.from_arrays(base.tensors(task), base.config["heads"][task])
        elif task == "departments":
            heads[task] = learner.learn_departments(sources)
        else:
            heads[task] = learner.learn(task, sources)
    return heads


def _measure(
    learner: HeadLearner, heads: Mapping[str, LinearHead], tasks: Sequence[str], examples: Examples
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    metrics = {task: measure_head(learner, heads[task], task, examples.test) for task in tasks}
    slices = [row for task in tasks for row in measure_slices(learner, heads[task], task, examples.test)]
    return metrics, slices


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


def _learner(
    config: TrainingConfig, models: Path, embedder: StaticEmbedder, examples: Examples
) -> HeadLearner:
    settings = config.settings["head"]
    return HeadLearner(
        embedder,
        NgramVocabulary.load(models / config.settings["ngrams"]),
        examples.train,
        examples.dev,
        examples.weights,
        vector_scale=settings["vector_scale"],
        strength=settings["strength"],
        sentence_encoder=_sentence_encoder(config, models),
        labels=examples.labels,
        balance=dict.fromkeys(examples.own, examples.balance),
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


def _provenance(config: TrainingConfig, examples: Examples) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "encoder": config.encoder,
        "seed": config.seed,
        "sources": dict(examples.weights),
        "settings": dict(config.settings),
        "run": describe_run(examples.train, examples.files),
    }
    if examples.files:
        facts["taught"] = sorted(examples.taught)
        facts["own_classes"] = sorted(examples.own)
    return facts


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _measure_tagger(
    embedder: StaticEmbedder, tagger: AspectTagger, rows: Sequence[Labelled]
) -> dict[str, Any]:
    found = {}
    for lang in ("ja", "en"):
        chosen = [row for row in rows if row.lang == lang and row.aspects is not None]
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
