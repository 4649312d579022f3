"""The part of the page that goes task by task over our test writers."""

from collections.abc import Mapping

from training.evaluate.markdown import figure, table
from training.evaluate.sets import LANGUAGES
from training.evaluate.tasks import Figures
from training.heads.tasks import LABELS


def task_sections(tier: str, corpus: Mapping[str, Figures]) -> list[str]:
    """Write the tasks of one tier.

    Parameters
    ----------
    tier : str
        Its names.
    corpus : Mapping[str, Figures]
        Figures by language.

    Returns
    -------
    list[str]
        Sections in Markdown.
    """
    read = "; ".join(
        f"{LANGUAGES[lang]}: n {one.n:,}, language found {figure(one.language)}, refused {one.refused}"
        for lang, one in corpus.items()
    )
    return [
        f"## Task by task: tier {tier}",
        f"On our test writers. {read}.",
        "### Sentiment",
        _classes({lang: one.sentiment.classes for lang, one in corpus.items()}),
        *(_confusion(lang, one) for lang, one in corpus.items()),
        "### Departments",
        _owners(corpus),
        _classes({lang: one.owners.primary.classes for lang, one in corpus.items()}),
        "### Intent",
        _classes({lang: one.intent.classes for lang, one in corpus.items()}),
        "### Urgency",
        _classes({lang: one.urgency.classes for lang, one in corpus.items()}),
        "### Churn risk and aspects",
        _found(corpus),
    ]


def _classes(classes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Lay the languages side by side, one row a class."""
    header = ["class", *(f"{lang} {name}" for lang in classes for name in ("P", "R", "F1", "n"))]
    rows = []
    for label in next(iter(classes.values())):
        cells = [label]
        for figures in classes.values():
            one = figures[label]
            cells += [f"{one[name]:.3f}" for name in ("precision", "recall", "f1")] + [f"{one['n']:.0f}"]
        rows.append(cells)
    return table(header, rows)


def _confusion(lang: str, figures: Figures) -> str:
    labels = LABELS["sentiment"]
    rows = [
        [label, *(str(count) for count in counts)]
        for label, counts in zip(labels, figures.confusion.tolist(), strict=True)
    ]
    lines = table([f"{lang}: right \\ answered", *labels], rows)
    return f"{LANGUAGES[lang]}, rows are the right labels:\n\n{lines}"


def _owners(corpus: Mapping[str, Figures]) -> str:
    rows = [
        ["primary department, macro-F1", *(figure(one.owners.primary.macro) for one in corpus.values())],
        ["primary department, accuracy", *(figure(one.owners.accuracy) for one in corpus.values())],
        ["ECE of the primary's probability", *(f"{one.owners.ece:.3f}" for one in corpus.values())],
        ["share abstained", *(figure(one.owners.abstained) for one in corpus.values())],
        [
            "accuracy without the abstained",
            *(figure(one.owners.accuracy_when_sure) for one in corpus.values()),
        ],
        ["departments as a set, micro-F1", *(figure(one.owners.as_set) for one in corpus.values())],
    ]
    return (
        table(["figure", *corpus], rows)
        + "\n\nAn abstained comment keeps its best guess, which counts here unless the row says otherwise."
    )


def _found(corpus: Mapping[str, Figures]) -> str:
    rows = [
        ["churn risk, F1 of true", *(figure(one.churn) for one in corpus.values())],
        ["churn risk, precision", *(f"{one.churn_precision:.3f}" for one in corpus.values())],
        ["churn risk, recall", *(f"{one.churn_recall:.3f}" for one in corpus.values())],
        ["aspect terms, overlap F1", *(figure(one.terms.f1) for one in corpus.values())],
        ["aspect terms, precision", *(f"{one.terms.precision:.3f}" for one in corpus.values())],
        ["aspect terms, recall", *(f"{one.terms.recall:.3f}" for one in corpus.values())],
        ["polarity accuracy on overlapping terms", *(figure(one.terms.polarity) for one in corpus.values())],
        ["overlapping terms", *(f"{one.terms.overlapping:,}" for one in corpus.values())],
    ]
    return table(["figure", *corpus], rows)
