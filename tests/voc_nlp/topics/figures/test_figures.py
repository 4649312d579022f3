"""Figures show what they are given: values, intervals, numbers, names in both languages; as pictures too."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voc_nlp.errors import InputError
from voc_nlp.topics.figures.estimates import Row, plot_estimates
from voc_nlp.topics.figures.hierarchy import plot_hierarchy
from voc_nlp.topics.figures.maps import plot_map, project_comments
from voc_nlp.topics.figures.matrices import plot_matrix
from voc_nlp.topics.figures.series import Point, plot_series, plot_trends
from voc_nlp.topics.figures.style import FONTS, Caption, name_theme, shorten
from voc_nlp.topics.figures.words import plot_network, plot_typical_terms
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.statistics.intervals import Estimate, estimate_share
from voc_nlp.topics.statistics.observation import Observation
from voc_nlp.topics.statistics.trends import count_by_period
from voc_nlp.topics.statistics.words import Link, TermNetwork, TypicalTerm
from voc_nlp.topics.theme import Theme, ThemeKind

CAPTION = Caption("Late delivery", "配送の遅れ")
HALF = Estimate(0.5, 0.2, 0.8)
OPEN = Estimate(0.3, None, None)


def themes() -> ThemeModel:
    words: dict[str, tuple[str, ...]] = {"ja": (), "en": ()}
    found = [
        Theme("theme-001", {"ja": "配送が遅い", "en": "late delivery"}, 3, words, parent="group-001"),
        Theme("theme-002", {"ja": "料理がうまい", "en": "tasty food"}, 2, words),
        Theme("group-001", {"ja": "配送", "en": "delivery"}, 3, words, kind=ThemeKind.GROUP),
    ]
    rows = np.eye(2, 4, dtype=np.float32)
    return ThemeModel(found, rows, np.zeros((2, 4), np.float32), threshold=0.3, encoder="toy", seed=0)


def network() -> TermNetwork:
    links = (Link("財布", "カード", 3, 0.5), Link("財布", "鍵", 2, 0.2), Link("tea", "cup", 2, 0.1))
    return TermNetwork((("財布", 9), ("カード", 4), ("鍵", 3), ("tea", 2), ("cup", 2)), links, 20)


def figures() -> dict[str, Any]:
    share = estimate_share(3, 9)
    assert share is not None
    typical = TypicalTerm("配送", 3, 1, share, HALF, HALF, 0.01)
    places = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    of_comment = ["theme-001"] * 6 + ["theme-002"] * 4 + [None] * 2
    seen = [Observation(str(n), ("theme-001",) if n % 3 else (), date(2026, 1 + n % 4, 3)) for n in range(20)]
    return {
        "estimates": plot_estimates(
            [Row("店", HALF, 7, "ja"), Row("店", OPEN, 4, "en", sure=False)], CAPTION, CAPTION, percent=True
        ),
        "series": plot_series(
            {"NPS": [Point(date(2026, 4, 1), HALF, 7, False)]}, CAPTION, CAPTION, reference=0
        ),
        "trends": plot_trends(
            count_by_period(seen, period="month"), {"theme-001": "配送", None: "テーマなし"}, CAPTION
        ),
        "matrix": plot_matrix(
            np.array([[3, 0], [1, 4]]),
            ["良い", "悪い"],
            ["良い", "悪い"],
            CAPTION,
            down=CAPTION,
            across=CAPTION,
        ),
        "hierarchy": plot_hierarchy(themes(), {"theme-001": 3, "theme-002": 2, None: 1}, CAPTION),
        "map": plot_map(themes(), places, of_comment, [f"c{n}" for n in range(12)], CAPTION),
        "words": plot_typical_terms({"日本語": [typical]}, CAPTION, inside=CAPTION, others=CAPTION),
        "network": plot_network(network(), CAPTION),
    }


@pytest.mark.parametrize("name", sorted(figures()))
def test_every_figure_has_both_captions_and_a_japanese_font(name: str) -> None:
    layout = figures()[name].layout
    assert (layout.title.text, layout.title.subtitle.text) == ("Late delivery", "配送の遅れ")
    assert layout.font.family == ", ".join(FONTS)
    assert layout.width
    assert layout.height


@pytest.mark.parametrize("name", sorted(figures()))
def test_the_same_values_give_the_same_figure(name: str) -> None:
    assert figures()[name].to_json() == figures()[name].to_json()


def test_intervals_and_numbers_are_drawn() -> None:
    japanese, english = figures()["estimates"].data
    assert list(japanese.error_x.array) == pytest.approx([0.3])
    assert list(english.error_x.array) == [0.0]
    assert (japanese.marker.color[0] == "white", english.marker.color[0] == "white") == (False, True)
    assert "n = 7 · 4" in figures()["estimates"].layout.yaxis.ticktext[0]
    assert "[…, …]" in english.customdata[0]


def test_an_unfinished_period_is_hollow() -> None:
    band, line = figures()["series"].data
    assert list(band.y) == [0.8, 0.2]
    assert line.marker.color == ("white",)
    assert "途中" in line.customdata[0]


def test_groups_hold_the_sum_of_their_themes() -> None:
    (tree,) = figures()["hierarchy"].data
    assert dict(zip(tree.ids, tree.values, strict=True)) == {
        "theme-001": 3,
        "theme-002": 2,
        "group-001": 3,
        "none": 1,
    }
    assert dict(zip(tree.ids, tree.parents, strict=True))["theme-001"] == "group-001"


def test_the_map_shows_ids_and_no_text_unless_it_is_given() -> None:
    figure = figures()["map"]
    hovered = [text for trace in figure.data for text in trace.customdata]
    assert sum("<b>c3</b>" in text for text in hovered) == 1
    assert len(hovered) == 12
    places = np.zeros((1, 2), np.float32)
    given = plot_map(themes(), places, [None], ["x"], CAPTION, texts={"x": "<b>遅い</b>\n" + "あ" * 99})
    assert "&lt;b&gt;遅い" in given.data[0].customdata[0]
    assert "…" in given.data[0].customdata[0]


def test_too_few_comments_make_no_map() -> None:
    with pytest.raises(InputError, match="expected at least 10"):
        project_comments(np.eye(9, dtype=np.float32))


def test_words_of_a_network_do_not_cover_each_other() -> None:
    words = figures()["network"].data[-1]
    places = np.array([words.x, words.y]).T
    gaps = np.abs(places[:, None] - places[None]) + np.eye(len(places))[..., None] * 1e3
    assert ((gaps[..., 0] > 24) | (gaps[..., 1] > 24)).all()


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(InputError, match="at least one row"):
        plot_estimates([], CAPTION, CAPTION)
    with pytest.raises(InputError, match="at least one dated comment"):
        plot_series({"NPS": []}, CAPTION, CAPTION)
    with pytest.raises(InputError, match="no word is typical"):
        plot_typical_terms({"日本語": []}, CAPTION, inside=CAPTION, others=CAPTION)
    with pytest.raises(InputError, match="no two words"):
        plot_network(TermNetwork((), (), 0), CAPTION)
    with pytest.raises(InputError, match="with 1 and 2 names"):
        plot_matrix(np.zeros((2, 2), np.int64), ["a"], ["b", "c"], CAPTION, down=CAPTION, across=CAPTION)


def test_names_and_texts() -> None:
    assert name_theme(themes(), "theme-001") == "配送が遅い / late delivery"
    assert name_theme(themes(), None) == "テーマなし / no theme"
    assert shorten("遅い\n配送", 10) == "遅い 配送"
    assert shorten("a" * 20, 5) == "aaaa…"


def browser() -> str | None:
    return next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )


@pytest.mark.skipif(browser() is None, reason="no Chromium is installed, with which pictures are made")
@pytest.mark.parametrize("name", ["estimates", "hierarchy", "network"])
def test_it_can_be_written_as_a_picture(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.png"
    figures()[name].write_image(path)
    assert path.read_bytes().startswith(b"\x89PNG")
