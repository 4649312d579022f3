"""The section of docs/evaluation.md on what to label next; it can be put into the page by itself."""

from collections.abc import Sequence

from training.active.figures import RANDOM, Study, gain, labels_to_reach
from training.evaluate.markdown import table
from training.evaluate.metrics import Score
from training.evaluate.sets import LANGUAGES

TITLE = "## Which comments to label next"

SECOND = "Second labelling"
"""The section before which this one stands."""

QUEUE = "all"
"""The strategy that is the queue."""

_NAMES = {"owner": "primary department", "churn": "churn risk"}


def labelling_sections(study: Study | None) -> list[str]:
    """Write the section.

    Parameters
    ----------
    study : Study | None
        The last study.

    Returns
    -------
    list[str]
        Paragraphs and tables; it says so where there is no study.
    """
    if study is None:
        return [TITLE, "No study was run: `python -m training study-labelling`."]
    plan, strategies = study.plan, [name for name in study.curves if name != RANDOM]
    return [
        TITLE,
        f"A simulated study (`python -m training study-labelling`): {plan.seeds} times a pool of "
        f"{plan.pool:,} comments of the train writers, both languages, and {plan.start} of them labelled at "
        f"random; then {plan.rounds} rounds of {plan.batch} labels each, chosen anew after each round. One "
        f"queue a task. Heads are the shipped kind (static vector and n-grams, logistic regression with the "
        f"shipped settings, without the contextual network and the public sets), learnt from these labels "
        f"alone; macro-F1 on the {study.test:,} comments of the test writers. Uncertainty: one less the "
        f"margin. Disagreement: between these heads and heads that see the vector alone, learnt from the "
        f"same labels, since the shipped tiers have seen the pool's labels; real tiers may differ in other "
        f"ways. All: `voc_nlp.labelling.choose`, the queue. Its settings were chosen on the dev writer with "
        f"other seeds.",
        "Area under the curve less that of random picking (mean difference of macro-F1 over all points "
        "after the start), with the 95% interval of a paired bootstrap over the repetitions; `+` and `-` "
        "mark what is surely better or worse:",
        _gain_table(study, strategies),
        *(_verdict(study, name) for name in strategies if name == QUEUE),
        f"Labels until the mean curve reaches what random picking reaches with {plan.label_counts()[-1]:,}; "
        "a dash where it never does:",
        _label_table(study, strategies),
        "Learning curves, macro-F1 by number of labels, mean over the repetitions; random picking with the "
        "95% interval of that mean at the end:",
        _curve_table(study),
    ]


def put_section(page: str, sections: Sequence[str]) -> str:
    """Put the section into the page, in place of the one that is there.

    Parameters
    ----------
    page : str
        The page of the evaluation.
    sections : Sequence[str]
        What `labelling_sections` gave.

    Returns
    -------
    str
        The page; a section that was not there comes before the second labelling, or else last.
    """
    parts = ("\n" + page.rstrip("\n")).split("\n## ")
    title = TITLE.removeprefix("## ")
    names = [part.splitlines()[0] if part else "" for part in parts]
    body = "\n\n".join(sections).removeprefix("## ")
    if title in names:
        place = names.index(title)
        ends = "\n" if place + 1 < len(parts) else ""
        parts[place] = body + ends
    elif SECOND in names:
        parts.insert(names.index(SECOND), body + "\n")
    else:
        parts[-1] += "\n"
        parts.append(body)
    return "\n## ".join(parts).removeprefix("\n") + "\n"


def _verdict(study: Study, strategy: str) -> str:
    """Say where the queue is surely better than random picking, where surely worse, and where neither."""
    tasks = list(study.curves[RANDOM])
    whole = gain(study, strategy, tasks, list(LANGUAGES))
    places: dict[str, list[str]] = {"surely better": [], "surely worse": [], "neither": []}
    for task in tasks:
        for lang in LANGUAGES:
            score = gain(study, strategy, [task], [lang])
            verdict = "surely better" if score.low > 0 else "surely worse" if score.high < 0 else "neither"
            places[verdict].append(f"{_NAMES.get(task, task)} {lang}")
    listed = "; ".join(f"{verdict}: {', '.join(where)}" for verdict, where in places.items() if where)
    return (
        f"The queue (all) over all tasks and both languages: {whole.value:+.4f} "
        f"({whole.low:+.4f} to {whole.high:+.4f}). By task, {listed}."
    )


def _gain_table(study: Study, strategies: Sequence[str]) -> str:
    tasks = list(study.curves[RANDOM])
    rows = [
        [_NAMES.get(task, task), lang, *(_marked(gain(study, name, [task], [lang])) for name in strategies)]
        for task in tasks
        for lang in LANGUAGES
    ]
    for lang in LANGUAGES:
        rows.append(["all tasks", lang, *(_marked(gain(study, name, tasks, [lang])) for name in strategies)])
    return table(["task", "language", *strategies], rows)


def _label_table(study: Study, strategies: Sequence[str]) -> str:
    counts, rows = study.plan.label_counts(), []
    for task in study.curves[RANDOM]:
        for lang in LANGUAGES:
            level = float(study.points(RANDOM, task, [lang])[:, -1].mean())
            needed = [
                labels_to_reach(counts, study.points(name, task, [lang]).mean(axis=0).tolist(), level)
                for name in strategies
            ]
            rows.append(
                [
                    _NAMES.get(task, task),
                    lang,
                    f"{level:.3f}",
                    *("-" if n is None else f"{n:,}" for n in needed),
                ]
            )
    return table(["task", "language", "reached", *strategies], rows)


def _curve_table(study: Study) -> str:
    counts = study.plan.label_counts()
    shown = sorted({*range(0, len(counts), 2), len(counts) - 1})
    rows = []
    for task in study.curves[RANDOM]:
        for lang in LANGUAGES:
            for name in study.curves:
                curve = study.points(name, task, [lang]).mean(axis=0)
                rows.append([_NAMES.get(task, task), lang, name, *(f"{curve[place]:.3f}" for place in shown)])
    return table(["task", "language", "chosen by", *(f"{counts[place]:,}" for place in shown)], rows)


def _marked(score: Score) -> str:
    mark = " +" if score.low > 0 else " -" if score.high < 0 else ""
    return f"{score.value:+.3f} ({score.low:+.3f} to {score.high:+.3f}){mark}"
