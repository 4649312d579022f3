"""The part of the page that sets us beside other tools and simple models."""

from collections.abc import Sequence

from training.evaluate.markdown import figure, table
from training.evaluate.peers import TASKS, TEST, Key, Peers, SystemFigures
from training.evaluate.sets import LANGUAGES

_TASK_TITLES = {
    "owner": "primary department",
    "intent": "intent",
    "urgency": "urgency",
    "churn": "churn risk (macro)",
}


def peer_sections(ours: Sequence[SystemFigures], peers: Peers | None) -> list[str]:
    """Write the comparison with peers, and the public sets.

    Parameters
    ----------
    ours : Sequence[SystemFigures]
        Our tiers.
    peers : Peers | None
        The peers; None when they were left out.

    Returns
    -------
    list[str]
        Sections in Markdown.
    """
    systems = [*ours, *(peers.systems if peers else ())]
    sections = [
        "## Sentiment beside peers, on our test writers",
        "Macro-F1. Three classes: comments labelled mixed are left out, and a system with probabilities "
        "answers the likeliest of the three. Lexicon tools as published: the rule of their authors (VADER: "
        "compound 0.05; TextBlob and oseti: the sign; asari: its likelier class, it knows no neutral). The "
        "other columns give them thresholds, and a mixed class, tuned on our dev writer, which no user of "
        "the tool has. TF-IDF (Japanese: character 1- to 4-grams; English: words and pairs of words) and "
        "MiniLM (all-MiniLM-L6-v2, an English model) feed a logistic regression on our train writers, its "
        "regularisation and class weights chosen on the dev writer.",
        *(_sentiment_table(lang, systems) for lang in LANGUAGES),
    ]
    if peers is None:
        sections.append("Peers were left out of this run (`--no-peers`).")
    else:
        sections += [f"{title} did not run here: {reason}." for title, reason in peers.unavailable]
        sections += [
            "## Other tasks beside learnt peers, on our test writers",
            "Macro-F1, the same train writers for all.",
            _task_table(systems),
        ]
    return [
        *sections,
        "## Sentiment on the public sets",
        "Macro-F1 of three classes, sentences labelled mixed left out; tools with tuned thresholds.",
        *(_set_table(lang, systems, "three") for lang in LANGUAGES),
        "Macro-F1 of four classes:",
        *(_set_table(lang, systems, "four") for lang in LANGUAGES),
    ]


def _sentiment_table(lang: str, systems: Sequence[SystemFigures]) -> str:
    key = (TEST, lang)
    rows = [
        [one.title, figure(one.published.get(key)), figure(one.three[key]), figure(one.four[key])]
        for one in systems
        if key in one.three
    ]
    return table([LANGUAGES[lang], "3 classes, as published", "3 classes", "4 classes"], rows)


def _task_table(systems: Sequence[SystemFigures]) -> str:
    keys = [(task, lang) for task in TASKS for lang in LANGUAGES]
    rows = [[one.title, *(_short(one, key) for key in keys)] for one in systems if one.tasks]
    return table(["", *(f"{_TASK_TITLES[task]} {lang}" for task, lang in keys)], rows)


def _short(one: SystemFigures, key: Key) -> str:
    score = one.tasks.get(key)
    return "-" if score is None else f"{score.value:.3f}"


def _set_table(lang: str, systems: Sequence[SystemFigures], kind: str) -> str:
    """One row a set, one column a system; intervals for ours alone, to keep the table narrow."""
    known = [(one, one.three if kind == "three" else one.four) for one in systems]
    known = [(one, scores) for one, scores in known if (TEST, lang) in scores]
    names = [name for name, of in known[0][1] if of == lang and name != TEST]
    rows = []
    for name in names:
        first = known[0][1][(name, lang)]
        cells = [name, f"{first.n:,}", figure(first)]
        rows.append([*cells, *(f"{scores[(name, lang)].value:.3f}" for _, scores in known[1:])])
    return table([LANGUAGES[lang], "n", *(one.title for one, _ in known)], rows)
