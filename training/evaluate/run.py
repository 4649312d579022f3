"""The evaluation from end to end: read the sets, let the library and its peers answer, write the page."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.active.figures import read_study
from training.data.splits import Split
from training.evaluate.agreement import measure_agreement
from training.evaluate.demands import Demand, answer_demands, read_demands
from training.evaluate.metrics import macro_f1
from training.evaluate.opinions import measure_opinions
from training.evaluate.peers import TASKS, TEST, SystemFigures, list_sets, measure_peers, score_answers
from training.evaluate.predictions import Prediction, predict, read_tiers, truth_spans
from training.evaluate.report import TierFigures, write_report
from training.evaluate.sets import LANGUAGES, EvaluationSet, read_public_sets, read_splits
from training.evaluate.tasks import measure, measure_terms
from training.heads.tasks import DEPARTMENTS, LABELS, target
from voc_nlp.embedding import StaticEmbedder
from voc_nlp.loading import load_analyzer, trained_departments

_log = logging.getLogger(__name__)


def evaluate(
    models: Path, tiers: Sequence[str], data: Path, *, peers: bool, peer_python: Path, cache: Path
) -> str:
    """Measure tiers, and peers beside them.

    Parameters
    ----------
    models : Path
        Folder with the registry.
    tiers : Sequence[str]
        Names of tiers; all when empty.
    data : Path
        Folder with the public sets.
    peers : bool
        Whether peers run.
    peer_python : Path
        Interpreter of an environment that has the lexicon tools.
    cache : Path
        Folder where peers' answers are kept.

    Returns
    -------
    str
        The page, in Markdown.

    Raises
    ------
    ValueError
        If a tier has departments of a customer's own.
    """
    for name in tiers or read_tiers(models):
        own = trained_departments(models, name)
        if set(own) != set(DEPARTMENTS):
            raise ValueError(
                f"tier {name!r} has the departments {', '.join(own)}; the page measures the shipped ones. "
                "Measure it with: python -m training compare"
            )
    splits, public, demands = read_splits(), read_public_sets(data), read_demands()
    measured = []
    for names, parts in _group(read_tiers(models), tiers):
        _log.info("tier %s", ", ".join(names))
        measured.append(_measure_tier(models, names, parts, splits, public, demands))
    _log.info("peers" if peers else "no peers")
    beside = measure_peers(splits, public, peer_python, cache) if peers else None
    agreement = {lang: measure_agreement(lang) for lang in LANGUAGES}
    opinions = measure_opinions(StaticEmbedder.load(models / read_tiers(models)["default"]["encoder"]))
    return write_report(measured, splits, public, beside, agreement, demands, opinions, read_study())


def _group(
    registry: Mapping[str, dict[str, str]], tiers: Sequence[str]
) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Put tiers that name the same models together."""
    groups: list[tuple[tuple[str, ...], dict[str, str]]] = []
    for name in tiers or registry:
        if name not in registry:
            raise ValueError(f"the registry has no tier {name!r}; choose among {', '.join(registry)}")
        for place, (names, parts) in enumerate(groups):
            if parts == registry[name]:
                groups[place] = ((*names, name), parts)
                break
        else:
            groups.append(((name,), registry[name]))
    return groups


def _measure_tier(
    models: Path,
    names: tuple[str, ...],
    parts: Mapping[str, str],
    splits: Mapping[str, Split],
    public: Sequence[EvaluationSet],
    demands: Sequence[Demand],
) -> TierFigures:
    analyzer = load_analyzer(models, tier=names[0])
    system = SystemFigures(f"voc-nlp {names[0]}")
    corpus, writers, terms = {}, {}, {}
    for lang, split in splits.items():
        sets = list_sets(split, public, lang)
        answers = {one.name: predict(analyzer, one.rows) for one in sets}
        score_answers(system, sets, answers)
        corpus[lang] = measure(split.test, answers[TEST])
        for writer in sorted({row.group for row in split.test}):
            pairs = zip(split.test, answers[TEST], strict=True)
            rows, said = zip(*(pair for pair in pairs if pair[0].group == writer), strict=True)
            writers[(writer, lang)] = measure(rows, said)
        for one in sets[1:]:
            truth = [truth_spans(row) for row in one.rows]
            terms[(one.name, lang)] = measure_terms(truth, [answer.aspects for answer in answers[one.name]])
        for task in TASKS:
            right = [str(target(row, task)) for row in split.test]
            labels = [_label(answer, task) for answer in answers[TEST]]
            system.tasks[(task, lang)] = macro_f1(right, labels, LABELS[task])
    return TierFigures(names, parts, corpus, writers, terms, system, answer_demands(analyzer, demands))


def _label(answer: Prediction, task: str) -> str:
    values = {
        "owner": answer.owner,
        "intent": answer.intent,
        "urgency": answer.urgency,
        "churn": str(answer.churn).lower(),
    }
    return values[task]
