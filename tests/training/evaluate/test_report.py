"""The page holds every section, is free of dates, and is the same for the same figures."""

from tests.training.evaluate.builders import answer, comment
from training.data.splits import Split
from training.evaluate.demands import Case, Demand, Miss
from training.evaluate.markdown import gap, table
from training.evaluate.peers import TASKS, TEST, Peers, SystemFigures, list_sets, score_answers
from training.evaluate.report import TierFigures, write_report
from training.evaluate.sets import EvaluationSet
from training.evaluate.tasks import measure, measure_terms

PUBLIC = [
    EvaluationSet("m-absa hotel", lang, (comment(lang=lang), comment(lang=lang, sentiment="positive")))
    for lang in ("en", "ja")
]

DEMANDS = [Demand("E1", "negation", (Case("E1.1", "not bad", {"label": "positive"}),))]
OPINIONS = {lang: measure_terms([[(0, 2, "")]], [[(1, 3, "")]]) for lang in ("ja", "en")}
MISSED = {"E1.1": (Miss("label", "positive", "negative", by_rule=False),)}


def page() -> str:
    splits, corpus, writers, terms = {}, {}, {}, {}
    ours, majority = SystemFigures("voc-nlp default"), SystemFigures("majority class")
    for lang in ("ja", "en"):
        rows = (comment(lang=lang), comment(lang=lang, sentiment="positive", urgency="high"))
        splits[lang] = Split(rows, rows, rows)
        said = [answer(language=lang), answer(language=lang, sentiment="positive", urgency="high")]
        sets = list_sets(splits[lang], PUBLIC, lang)
        for system in (ours, majority):
            score_answers(system, sets, {one.name: said for one in sets})
            system.tasks = {(task, of): ours.four[(TEST, "ja")] for task in TASKS for of in ("ja", "en")}
        corpus[lang] = writers[("t", lang)] = measure(rows, said)
        terms[("m-absa hotel", lang)] = measure_terms([[]], [[]])
    tier = TierFigures(
        ("default", "fast"), {"version": "1", "encoder": "encoder/1"}, corpus, writers, terms, ours, MISSED
    )
    peers = Peers((majority,), (("asari", "no module"),))
    return write_report([tier], splits, PUBLIC, peers, {"ja": None, "en": None}, DEMANDS, OPINIONS)


def test_the_page() -> None:
    text = page()
    assert text.splitlines()[0].startswith("<!-- Generated whole by `python -m training evaluate`")
    assert "The tiers default and fast name the same models." in text
    assert "| sentiment, 4 classes: macro-F1 | 0.80 | 1.000 (1.00 to 1.00) | +0.200 met |" in text
    assert "asari did not run here: no module." in text
    assert "| majority class |" in text
    assert "| task | ja t | en t |" in text
    assert "| ja | 1 | 1.000 (1.00 to 1.00) | 1.000 | 1.000 |" in text
    assert "| E1 | negation | 1 | 0 |" in text
    assert "| E1.1 | label | positive | negative |" in text
    assert "## Which comments to label next\n\nNo study was run" in text
    assert "There is no second labelling" in text
    assert text == page()


def test_gap() -> None:
    assert gap(0.7, 0.8) == "-0.100"
    assert gap(0.8, 0.8) == "+0.000 met"
    assert gap(0.06, 0.05, most=True) == "+0.010"


def test_columns_of_figures_stand_to_the_right() -> None:
    assert table(["a", "b"], [["x", "1.0"], ["y", "-"]]).splitlines()[1] == "| --- | ---: |"
