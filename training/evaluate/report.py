"""Write docs/evaluation.md: our figures beside the targets, then every task, set and peer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.active.figures import Study
from training.active.report import labelling_sections
from training.data.splits import DEV_WRITERS, TEST_WRITERS, Split
from training.evaluate.agreement import Agreement
from training.evaluate.demands import Demand, Miss
from training.evaluate.markdown import figure, gap, table
from training.evaluate.opinions import opinion_sections
from training.evaluate.peers import Peers, SystemFigures
from training.evaluate.report_demands import demand_sections
from training.evaluate.report_peers import peer_sections
from training.evaluate.report_tasks import task_sections
from training.evaluate.sets import LANGUAGES, EvaluationSet
from training.evaluate.tasks import Figures, Terms

_TARGETS = (
    # Task, target, agreement of two annotators in the labelling guide, how to read the figure.
    ("sentiment, 4 classes: macro-F1", 0.80, "0.97", lambda f: f.sentiment.macro),
    ("primary department, 11 with none: macro-F1", 0.78, "0.93", lambda f: f.owners.primary.macro),
    ("intent, 5: macro-F1", 0.78, "0.93", lambda f: f.intent.macro),
    ("urgency, 3: macro-F1", 0.78, "0.96", lambda f: f.urgency.macro),
    ("urgency: recall of high", 0.90, "", lambda f: f.high_recall),
    ("churn risk: F1 of true", 0.80, "0.98", lambda f: f.churn),
    ("aspect terms: overlap F1", 0.65, "0.88", lambda f: f.terms.f1),
    ("aspect polarity: accuracy", 0.88, "0.99", lambda f: f.terms.polarity),
)
_MOST_ECE = 0.05


@dataclass(frozen=True, slots=True)
class TierFigures:
    """What one tier reached.

    Parameters
    ----------
    names : tuple of str
        Tiers of the registry that name these models.
    parts : mapping of str to str
        Model by part.
    corpus : mapping of str to Figures
        Our test writers, by language.
    writers : mapping of (str, str) to Figures
        Each of our test writers alone, by writer and language.
    public_terms : mapping of (str, str) to Terms
        Aspects by set and language.
    system : SystemFigures
        Sentiment on every set, as for peers.
    demands : mapping of str to sequence of Miss
        What was missed, by id of the case.
    """

    names: tuple[str, ...]
    parts: Mapping[str, str]
    corpus: Mapping[str, Figures]
    writers: Mapping[tuple[str, str], Figures]
    public_terms: Mapping[tuple[str, str], Terms]
    system: SystemFigures
    demands: Mapping[str, Sequence[Miss]]


def write_report(
    tiers: Sequence[TierFigures],
    splits: Mapping[str, Split],
    public: Sequence[EvaluationSet],
    peers: Peers | None,
    agreement: Mapping[str, Agreement | None],
    demands: Sequence[Demand],
    opinions: Mapping[str, Terms],
    labelling: Study | None = None,
) -> str:
    """Write the whole page; the same figures make the same bytes.

    Parameters
    ----------
    tiers : Sequence[TierFigures]
        What was measured.
    splits : Mapping[str, Split]
        Our corpus by language.
    public : Sequence[EvaluationSet]
        The public sets.
    peers : Peers | None
        The peers; None when they were left out.
    agreement : Mapping[str, Agreement | None]
        The second labelling by language.
    demands : Sequence[Demand]
        The analysts' demands as cases.
    opinions : Mapping[str, Terms]
        Opinion words of aspects, by language.
    labelling : Study | None
        The last study of what to label next.

    Returns
    -------
    str
        Markdown.
    """
    sections = [
        "<!-- Generated whole by `python -m training evaluate`; do not edit, run it again. -->",
        "# Evaluation",
        "What the library answers, end to end (`load_analyzer(tier=...).analyze(comments)`), on comments "
        "that no model learnt from. The language is left for the library to find. In brackets: 95% bootstrap "
        "interval (1,000 resamplings of the comments). Macro-F1 is the mean over the classes that occur. By "
        "the rule of CONTRIBUTING.md, settings are chosen on the dev writer and not on these sets.",
        "## Against the targets",
    ]
    for tier in tiers:
        sections += [_models(tier), _target_table(tier)]
    sections += [
        "ECE: expected calibration error, 15 bins; the department's is that of the primary owner's "
        "probability on comments where an owner is named (no probability is published for nobody). It has no "
        "interval, since resampling raises it. Gap: figure less target. Two annotators: agreement on 320 "
        "unseen English comments, given with the targets; our own second labelling is at the end.",
        "## The sets",
        _set_table(splits, public),
    ]
    for tier in tiers:
        sections += task_sections(", ".join(tier.names), tier.corpus)
    sections += ["## Writer by writer", *(_writer_table(tier) for tier in tiers)]
    sections += peer_sections([tier.system for tier in tiers], peers)
    sections += ["## Aspects on the public sets", *(_term_table(tier) for tier in tiers)]
    sections += opinion_sections(opinions)
    sections += demand_sections(demands, {tier.names[0]: tier.demands for tier in tiers})
    sections += labelling_sections(labelling)
    sections += _agreement_sections(agreement)
    return "\n\n".join(sections) + "\n"


def _models(tier: TierFigures) -> str:
    named = ", ".join(f"{part} {value}" for part, value in tier.parts.items() if part != "version")
    title = f"### Tier {tier.names[0]}"
    same = f" The tiers {' and '.join(tier.names)} name the same models." if len(tier.names) > 1 else ""
    return f"{title}\n\nVersion {tier.parts['version']}: {named}.{same}"


def _writer_table(tier: TierFigures) -> str:
    """Lay out the target figures of every test writer alone."""
    columns = sorted(tier.writers, key=lambda column: (list(LANGUAGES).index(column[1]), column[0]))
    rows = [["comments", *(f"{tier.writers[column].n}" for column in columns)]]
    for name, _, _, read in _TARGETS:
        rows.append([name, *(f"{read(tier.writers[column]).value:.3f}" for column in columns)])
    header = ["task", *(f"{lang} {writer}" for writer, lang in columns)]
    note = (
        "Settings of early heads were compared on writer c, and the choice of n-grams was led by writers c "
        "and g (docs/corpus.md); writer t came later and was used for nothing but this page."
    )
    return f"Tier {tier.names[0]}. {note}\n\n{table(header, rows)}"


def _target_table(tier: TierFigures) -> str:
    rows = []
    for name, target, ceiling, read in _TARGETS:
        cells = [name, f"{target:.2f}"]
        for lang in LANGUAGES:
            score = read(tier.corpus[lang])
            cells += [figure(score), gap(score.value, target)]
        rows.append([*cells, ceiling])
    for name, of in (
        ("sentiment: ECE", lambda f: f.sentiment_ece),
        ("primary department: ECE", lambda f: f.owners.ece),
    ):
        cells = [name, f"≤ {_MOST_ECE:.2f}"]
        for lang in LANGUAGES:
            value = of(tier.corpus[lang])
            cells += [f"{value:.3f}", gap(value, _MOST_ECE, most=True)]
        rows.append([*cells, ""])
    return table(["task", "target", "ja", "ja gap", "en", "en gap", "two annotators"], rows)


def _set_table(splits: Mapping[str, Split], public: Sequence[EvaluationSet]) -> str:
    rows = [
        ["our test writers", lang, f"{len(split.test):,}", "comments authored for this project, all channels"]
        for lang, split in splits.items()
    ]
    for one in public:
        if one.name.startswith("mams"):
            note = "MAMS val: restaurant sentences with several targets each"
        elif one.lang == "ja":
            note = "m-absa dev: review sentences, machine translation of the English"
        else:
            note = "m-absa dev: review sentences"
        rows.append([one.name, one.lang, f"{len(one.rows):,}", note])
    learnt = ", ".join(f"{len(split.train):,} {lang}" for lang, split in splits.items())
    return (
        table(["set", "language", "n", "what it is"], rows)
        + f"\n\nOur corpus is split by writer: {' and '.join(sorted(TEST_WRITERS))} test, "
        f"{' and '.join(sorted(DEV_WRITERS))} tunes and calibrates, the others teach ({learnt}). "
        "Labels: [labels.md](labels.md). The sentiment of a public sentence follows from its targets: mixed "
        "when there is praise and blame, however small, which is wider than our guide's mixed. Sentences "
        "without a target are left out. Our models learnt from the train parts of both public sets, with a "
        "small weight; the peers did not."
    )


def _term_table(tier: TierFigures) -> str:
    rows = [
        [
            name,
            lang,
            figure(terms.f1),
            f"{terms.precision:.3f}",
            f"{terms.recall:.3f}",
            figure(terms.polarity),
        ]
        for (name, lang), terms in tier.public_terms.items()
    ]
    header = ["set", "language", "overlap F1", "precision", "recall", "polarity accuracy"]
    return f"Tier {', '.join(tier.names)}:\n\n{table(header, rows)}"


def _agreement_sections(agreement: Mapping[str, Agreement | None]) -> list[str]:
    known = {lang: one for lang, one in agreement.items() if one is not None}
    if not known:
        return ["## Second labelling", "There is no second labelling in `training/corpus`."]
    titles = {"owner": "primary department", "churn": "churn risk"}
    tasks = next(iter(known.values())).tasks
    rows = []
    for task in tasks:
        cells = [titles.get(task, task)]
        for one in known.values():
            score, kappa = one.tasks[task]
            cells += [figure(score), f"{kappa:.3f}"]
        rows.append(cells)
    for name, read in (
        ("departments as a set", lambda one: one.same_departments),
        ("aspect terms, overlap F1", lambda one: one.terms.f1),
        ("aspect polarity on overlapping terms", lambda one: one.terms.polarity),
    ):
        rows.append([name, *(cell for one in known.values() for cell in (figure(read(one)), ""))])
    counts = ", ".join(f"{one.n} {lang} comments" for lang, one in known.items())
    gone = ", ".join(f"{one.dropped} {lang}" for lang, one in known.items() if one.dropped)
    note = f" Left out, since the comment is no longer in the corpus: {gone}." if gone else ""
    header = ["task", *(cell for lang in known for cell in (f"{lang} agreement", f"{lang} kappa"))]
    return [
        "## Second labelling",
        f"A tenth of every writer's comments, and all of test writer t, labelled a second time without sight "
        f"of the first labels: "
        f"{counts}. Compared with the labels as they stand in the corpus now. Kappa is Cohen's.{note}",
        table(header, rows),
    ]
