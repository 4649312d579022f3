"""How well a department works that no head was trained on: each trained one is hidden and described in words.

    python -m benchmarks.new_departments [--keep DIR] [--fit] [--out FILE]

The owner head is trained anew on the authored corpus without the comments of one department, which is then
given by its names and description in config/taxonomy.toml, with k examples of the training writers and with
or without key words. Weights are chosen on the dev writer f (`--fit`); figures are of the test writers.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.data.corpus import read_corpus
from training.data.labelled import Labelled
from training.data.splits import split_by_writer
from training.heads.fit import design_matrix, fit_head, fit_temperature
from training.heads.learner import HeadLearner
from training.heads.tasks import DEPARTMENTS, LABELS, target
from voc_nlp.contextual import ContextualEncoder
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.features import Features, Featurizer, NgramVocabulary
from voc_nlp.loading import load_analyzer, read_tier, shipped_models
from voc_nlp.routing.departments import NOBODY, TRIAGE, DepartmentDescription
from voc_nlp.routing.departments_file import read_departments
from voc_nlp.routing.evidence import log_odds
from voc_nlp.routing.model import RoutingModel
from voc_nlp.routing.prototypes import Prototypes, PrototypeWeights
from voc_nlp.schema import Language
from voc_nlp.text.normalize import normalize

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = (0, 3, 5, 10)
LANGUAGES = ("ja", "en")
SCALE, STRENGTH = 1.5, 8.0
"""As in training/configs/routing.toml."""


@dataclass(frozen=True)
class Part:
    """Comments of some writers, ready to be asked about."""

    rows: Sequence[Labelled]
    features: Features
    texts: Sequence[tuple[str, Language]]
    owners: NDArray[np.str_]
    langs: NDArray[np.str_]


@dataclass(frozen=True)
class Setting:
    """How a hidden department is described."""

    department: str
    examples: int
    keywords: bool
    seed: int


class Bench:
    """The corpus, the encoder, and the heads that miss one department each."""

    def __init__(self, keep: Path | None, seeds: int) -> None:
        self.models = shipped_models()
        parts = read_tier(self.models, "fast")
        self.embedder = StaticEmbedder.load(self.models / parts["encoder"])
        self.vocabulary = NgramVocabulary.load(self.models / parts["ngrams"])
        self.centers = load_analyzer(tier="fast").themes.centers
        split = split_by_writer([row for lang in LANGUAGES for row in read_corpus(lang)])
        self.learner = HeadLearner(
            self.embedder,
            self.vocabulary,
            split.train,
            split.dev,
            {"corpus": 1.0},
            vector_scale=SCALE,
            strength=STRENGTH,
        )
        self.parts = {
            name: self._part(rows)
            for name, rows in (("train", split.train), ("dev", split.dev), ("test", split.test))
        }
        described = read_departments(ROOT / "config" / "taxonomy.toml")
        self.departments = [one for one in described if one.id in DEPARTMENTS]
        self.keywords: Mapping[str, list[str]] = tomllib.loads(
            (ROOT / "benchmarks" / "department_keywords.toml").read_text(encoding="utf-8")
        )
        self.seeds = seeds
        self._keep = keep
        self._answers: dict[str, dict[str, NDArray[Any]]] = {}

    def _part(self, rows: Sequence[Labelled]) -> Part:
        texts = [(normalize(row.text).text, Language(row.lang)) for row in rows]
        owners = np.array([target(row, "owner") for row in rows])
        return Part(rows, self.learner.features(rows), texts, owners, np.array([row.lang for row in rows]))

    def answers(self, hidden: str) -> dict[str, NDArray[Any]]:
        """Return the probabilities of a head that never saw the hidden department; ALL hides none."""
        if hidden not in self._answers:
            path = None if self._keep is None else self._keep / f"head_{hidden}.npz"
            if path is None or not path.is_file():
                found = self._train(hidden)
                if path is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    np.savez(path, **found)
            else:
                found = dict(np.load(path))
            self._answers[hidden] = found
        return self._answers[hidden]

    def _train(self, hidden: str) -> dict[str, NDArray[Any]]:
        train, dev = self.parts["train"], self.parts["dev"]
        seen = [number for number, row in enumerate(train.rows) if hidden not in (row.departments or ())]
        labels = [label for label in LABELS["owner"] if label != hidden]
        matrix = design_matrix(train.features, len(self.vocabulary), SCALE)[seen]
        head = fit_head(
            matrix,
            train.owners[seen].tolist(),
            np.ones(len(seen)),
            labels,
            len(self.vocabulary),
            vector_scale=SCALE,
            strength=STRENGTH,
        )
        held = [number for number, row in enumerate(dev.rows) if hidden not in (row.departments or ())]
        truth = [labels.index(dev.owners[number]) for number in held]
        head = replace(head, temperature=fit_temperature(head.logits(dev.features.take(held)), truth))
        print(f"trained without {hidden}", flush=True)
        probabilities = {name: head.predict(self.parts[name].features) for name in ("dev", "test")}
        return {**probabilities, "labels": np.array(labels)}

    def settings(self) -> Iterator[Setting]:
        """List every way of describing every department; without examples there is one draw."""
        for department, count, keywords in product(DEPARTMENTS, EXAMPLES, (False, True)):
            for seed in range(self.seeds if count else 1):
                yield Setting(department, count, keywords, seed)

    def describe(self, setting: Setting) -> DepartmentDescription:
        """Describe a hidden department; examples are drawn from the training writers, Japanese first."""
        train = self.parts["train"]
        rng = np.random.default_rng(setting.seed * 1000 + DEPARTMENTS.index(setting.department))
        own = train.owners == setting.department
        drawn = [rng.permutation(np.flatnonzero(own & (train.langs == lang))).tolist() for lang in LANGUAGES]
        examples = [drawn[number % 2][number // 2] for number in range(setting.examples)]
        (known,) = (one for one in self.departments if one.id == setting.department)
        return replace(
            known,
            examples=tuple(train.rows[number].text for number in examples),
            keywords=tuple(self.keywords[known.id]) if setting.keywords else (),
        )

    def prototypes(self, setting: Setting, own_id: str | None = None) -> Prototypes:
        """Build the prototype of a hidden department beside the nine others."""
        new = replace(self.describe(setting), id=own_id or setting.department)
        others = [one for one in self.departments if one.id != setting.department]
        return Prototypes([*others, new], [new.id], self.embedder, self.centers)


def fit(bench: Bench) -> PrototypeWeights:
    """Choose the weights on the dev writer."""
    part = bench.parts["dev"]
    rows, truth = [], []
    for setting in bench.settings():
        found = bench.prototypes(setting).gather(part.features.vectors, part.texts)
        sure = [log_odds(max(0.1, best)) for best in bench.answers(setting.department)["dev"].max(axis=1)]
        columns = [found.own[:, 0], found.rival[:, 0], sure, found.hits[:, 0]]
        # One draw stands for as many as the others have, so that every number of examples counts alike.
        for _ in range(1 if setting.examples else bench.seeds):
            rows.append(np.stack(columns, axis=1))
            truth.append(part.owners == setting.department)
    regression = LogisticRegression(C=1e3, max_iter=2000).fit(np.concatenate(rows), np.concatenate(truth))
    own, rival, sureness, keyword = (round(float(weight), 3) for weight in regression.coef_[0])
    return PrototypeWeights(round(float(regression.intercept_[0]), 3), own, rival, sureness, keyword)


def score(given: NDArray[np.bool_], right: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return precision, recall and F1."""
    hits = float((given & right).sum())
    precision, recall = hits / max(given.sum(), 1), hits / right.sum()
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def new_is_named(
    probabilities: NDArray[np.float32], labels: Sequence[str], new: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell where a new department is the owner or the rival that the answer names."""
    column = labels.index(NOBODY)
    departments = np.delete(probabilities, column, axis=1) * (1 - new)[:, None]
    before = (departments > new[:, None]).sum(axis=1)
    owned = departments.max(axis=1) > probabilities[:, column] * (1 - new)
    named: NDArray[np.bool_] = (new >= 0.05) & ((before == 0) | ((before == 1) & owned))
    return named


def measure(bench: Bench, part_name: str) -> list[dict[str, Any]]:
    """Measure the library's own weights, as means over the ten hidden departments."""
    part, found = bench.parts[part_name], []
    values: dict[tuple[int, bool, str], list[tuple[float, ...]]] = {}
    for setting in bench.settings():
        answers = bench.answers(setting.department)
        best = answers[part_name].max(axis=1)
        guess = answers["labels"][answers[part_name].argmax(axis=1)]
        weighed = bench.prototypes(setting).weigh(part.features.vectors, part.texts, best.tolist())
        new = np.array([row[0] for row in weighed])
        taken = new > best * (1 - new)
        named = new_is_named(answers[part_name], answers["labels"].tolist(), new)
        for lang in LANGUAGES:
            here = part.langs == lang
            right = part.owners == setting.department
            given = taken & (new >= 0.3) & here
            others = here & ~right
            same = (guess == part.owners)[others]
            values.setdefault((setting.examples, setting.keywords, lang), []).append(
                (
                    *score(given[here], right[here]),
                    float(new[given].mean()) if given.any() else np.nan,
                    float(right[given].mean()) if given.any() else np.nan,
                    float(same.mean()),
                    float((same & ~taken[others]).mean()),
                    float(named[here & right].mean()),
                )
            )
    names = ("precision", "recall", "f1", "claimed", "true", "others_before", "others_after", "named")
    for (examples, keywords, lang), rows in sorted(values.items()):
        means = np.nanmean(np.array(rows), axis=0)
        found.append(
            {
                "examples": examples,
                "keywords": keywords,
                "lang": lang,
                **dict(zip(names, means.tolist(), strict=True)),
            }
        )
    return found


def measure_trained(bench: Bench, part_name: str) -> dict[str, dict[str, float]]:
    """Measure the head that was trained on all departments, by the same recipe."""
    part, answers = bench.parts[part_name], bench.answers("ALL")
    guess = answers["labels"][answers[part_name].argmax(axis=1)]
    found = {}
    for lang in LANGUAGES:
        here = part.langs == lang
        means = np.mean([score((guess == d)[here], (part.owners == d)[here]) for d in DEPARTMENTS], axis=0)
        found[lang] = dict(zip(("precision", "recall", "f1"), means.tolist(), strict=True))
    return found


def measure_renamed(bench: Bench, part_name: str, tier: str) -> dict[str, dict[str, float]]:
    """Measure shipped models where the taxonomy gives a trained department another id, or has it no more."""
    part = bench.parts[part_name]
    parts = read_tier(bench.models, tier)
    pieces = bench.embedder.pieces([text for text, _ in part.texts])
    contextual = (
        ContextualEncoder.load(bench.models / parts["contextual"], bench.embedder)
        if parts["contextual"]
        else None
    )
    hidden = contextual.run(pieces) if contextual else None
    features = Featurizer(bench.embedder, bench.vocabulary).featurize(pieces.whole(), hidden)
    load = partial(
        RoutingModel.load,
        bench.models / parts["routing"],
        contextual.parts if contextual else None,
        contextual.thresholds if contextual else None,
    )
    values: dict[str, list[tuple[float, ...]]] = {lang: [] for lang in LANGUAGES}
    for department in DEPARTMENTS:
        new = replace(bench.describe(Setting(department, 0, False, 0)), id=f"{department}-anew")
        given = [one for one in bench.departments if one.id != department]
        routing = load().with_departments([*given, new], bench.embedder, bench.centers)
        routes = routing.predict(features, texts=part.texts)
        named = np.array(
            [
                bool(one.departments) and not one.abstained and one.departments[0].id == new.id
                for one in routes
            ]
        )
        absent = (
            load().with_departments(given, bench.embedder, bench.centers).predict(features, texts=part.texts)
        )
        abstained = np.array([one.abstained for one in absent])
        rival = np.array([one.runner_up is not None or bool(one.departments) for one in absent])
        for lang in LANGUAGES:
            here, right = part.langs == lang, part.owners == department
            own = here & right
            values[lang].append(
                (
                    *score(named[here], right[here]),
                    float(abstained[own].mean()),
                    float(rival[own & abstained].mean()),
                )
            )
    names = ("precision", "recall", "f1", "abstained_when_off", "rival_named_when_abstained")
    return {
        lang: dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True)) for lang, rows in values.items()
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder where the heads' answers are kept between runs")
    parser.add_argument("--fit", action="store_true", help="choose the weights on the dev writer, and end")
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--seeds", type=int, default=5, help="draws of examples")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    bench = Bench(arguments.keep, arguments.seeds)
    assert all(one.id != TRIAGE for one in bench.departments)
    if arguments.fit:
        print(fit(bench))
        return
    rows = measure(bench, arguments.part)
    trained = measure_trained(bench, arguments.part)
    renamed = {tier: measure_renamed(bench, arguments.part, tier) for tier in ("fast", "default")}
    print(f"{arguments.part} writers, means over ten hidden departments and {arguments.seeds} draws")
    print("| known by | words | lang | precision | recall | F1 | owner or rival | claimed | true | others |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        known = f"description and {row['examples']} examples" if row["examples"] else "description"
        print(
            f"| {known} | {'yes' if row['keywords'] else 'no'} | {row['lang']} | {row['precision']:.3f} "
            f"| {row['recall']:.3f} | {row['f1']:.3f} | {row['named']:.3f} "
            f"| {row['claimed']:.2f} | {row['true']:.2f} "
            f"| {row['others_before']:.3f}, {row['others_after']:.3f} |"
        )
    for lang, figures in trained.items():
        shown = " | ".join(f"{value:.3f}" for value in figures.values())
        print(f"| training | | {lang} | {shown} | | | | |")
    for (tier, by_lang), lang in product(renamed.items(), LANGUAGES):
        print(f"given a new id, tier {tier}, {lang}: {by_lang[lang]}")
    if arguments.out is not None:
        figures = {"hidden": rows, "trained": trained, "renamed": renamed}
        arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
