"""Themes: comments are placed by the tenant's own, read, counted, kept from others; on both databases."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from sqlalchemy import delete, func, select

from api.db.tables import CommentRow, CommentThemeRow, CommentVectorRow, ThemeModelRow
from api.themes import backfill
from api.themes.placing import Placed, analysis_of, comment_of, place
from api.themes.reassign import reach_of
from api.themes.shelf import ThemeShelf
from tests.api.conftest import MovedClock
from tests.api.doubles import DIMENSION, WordAnalyzer, WordEmbedder, word_themes
from tests.api.theme_calls import EN, JA, change, changed, counts, etag, fill, post, table, theme_worker
from voc_nlp.schema import Analysis, Refusal
from voc_nlp.text.prepare import prepare
from voc_nlp.topics.assign import assign_comments, embed_texts
from voc_nlp.topics.editing import add_rule, archive, correct, move, rename, split
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.rules import follow, rules_of
from voc_nlp.topics.theme import Theme


def test_comments_are_placed_when_they_come_in(client: TestClient) -> None:
    late, lost, bill, staff, none, *english = fill(client)
    placed = table(client)
    assert placed[late] == placed[lost] == ["theme-001"]
    assert (placed[bill], placed[staff], placed[none]) == (["theme-002"], ["theme-003"], [])
    assert [placed[one] for one in english] == [placed[one] for one in (late, lost, bill, staff, none)]


@pytest.mark.parametrize(("text", "label"), [(JA[0], "配送が遅い"), (EN[0], "late delivery")])
def test_the_answer_names_themes_in_the_comments_language(client: TestClient, text: str, label: str) -> None:
    posted = post(client, "1", text)
    [theme] = posted["analysis"]["themes"]
    assert (theme["id"], theme["label"]) == ("theme-001", label)
    assert 0.5 <= theme["similarity"] <= 1
    read = client.get(f"/v1/comments/{posted['comment']['id']}").json()
    again = client.post("/v1/comments", json={"source": "survey", "external_id": "1", "text": text}).json()
    assert read["analysis"]["themes"] == again["analysis"]["themes"] == [theme]


def test_themes_are_listed_with_counts(client: TestClient) -> None:
    fill(client)
    post(client, "noise", "特になし")
    response = client.get("/v1/themes")
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["revision"], body["comments"], body["not_meaningful"]) == (1, 10, 1)
    assert body["unassigned"] == {"comments": 2, "share": 0.2}
    by_id = {item["id"]: item for item in body["items"]}
    assert {theme: item["comments"] for theme, item in by_id.items()} == {
        "group-001": 6,
        "theme-001": 4,
        "theme-002": 2,
        "theme-003": 2,
    }
    late = by_id["theme-001"]
    assert (late["share"], late["languages"]) == (0.4, {"ja": 2, "en": 2})
    assert late["sentiment_by_language"] == {"ja": 0.0, "en": 0.0}
    assert (late["kind"], late["parent"], by_id["group-001"]["kind"]) == ("learnt", "group-001", "group")


def test_a_known_list_is_answered_304(client: TestClient) -> None:
    fill(client)
    tag = etag(client)
    same = client.get("/v1/themes", headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    post(client, "new", JA[0])
    assert client.get("/v1/themes", headers={"If-None-Match": tag}).status_code == 200
    changed(client, "PATCH", "/theme-001", {"label": {"ja": "遅配"}})
    assert client.get("/v1/themes/theme-001", headers={"If-None-Match": tag}).status_code == 200


def test_a_theme_has_representatives_by_id(client: TestClient) -> None:
    ids = fill(client)
    body = client.get("/v1/themes/theme-001").json()
    assert set(body["representatives"]) == {ids[0], ids[1], ids[5], ids[6]}
    assert body["keywords"] == {"ja": ["配送が遅い"], "en": ["late delivery"]}
    assert [one["kind"] for one in body["lineage"]] == ["new"]
    assert set(client.get("/v1/themes/group-001").json()["representatives"]) > {ids[2]}


def test_comments_of_a_theme_are_paged(client: TestClient) -> None:
    ids = [post(client, str(number), JA[0])["comment"]["id"] for number in range(5)]
    post(client, "bill", JA[2])
    seen: list[str] = []
    cursor: str | None = None
    for size in (2, 2, 1):
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/themes/theme-001/comments", params=params).json()
        assert len(page["items"]) == size
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        post(client, f"meanwhile-{size}-{len(seen)}", JA[0])
    assert (seen, cursor) == (ids[::-1], None)
    assert page["items"][0]["themes"][0]["origin"] == "learnt"
    assert client.get("/v1/themes/theme-001/comments", params={"cursor": "x"}).status_code == 400


def test_unassigned_comments_stay_visible(client: TestClient) -> None:
    ids = fill(client)
    post(client, "noise", "n/a")
    items = client.get("/v1/themes/unassigned/comments").json()["items"]
    assert [item["id"] for item in items] == [ids[9], ids[4]]
    group = client.get("/v1/themes/group-001/comments").json()["items"]
    assert len(group) == 6


def test_tenants_do_not_see_each_other(client: TestClient, make_key: Callable[..., str]) -> None:
    mine = fill(client)
    rule = {"kind": "rule", "label": {"en": "rain"}, "query": "雨 OR rainy"}
    changed(client, "POST", "", rule)
    scopes = "score,read,ticket,admin"
    other = {"Authorization": f"Bearer {make_key(client, tenant='other', scopes=scopes)}"}
    listed = client.get("/v1/themes", headers=other).json()
    assert (listed["revision"], listed["comments"]) == (1, 0)
    for path in ("/rule-001", "/rule-001/comments"):
        assert client.get(f"/v1/themes{path}", headers=other).status_code == 404
    held = {**other, "If-Match": '"1"'}
    for method, path, body in (
        ("PATCH", "/rule-001", {"pinned": False}),
        ("POST", "/rule-001/split", {}),
        ("POST", "/merge", {"themes": ["theme-001", "rule-001"]}),
        ("POST", "/corrections", {"comment_id": mine[0], "theme_id": "theme-002"}),
    ):
        response = client.request(method, f"/v1/themes{path}", json=body, headers=held)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
    before = table(client)
    moved = client.request(
        "POST", "/v1/themes/merge", json={"themes": ["theme-001", "theme-002"]}, headers=held
    )
    assert (moved.status_code, moved.json()["changes"]["comments"]) == (200, 0)
    assert table(client) == before
    assert "theme-002" in counts(client)


def test_reading_the_themes_writes_nothing(client: TestClient) -> None:
    assert client.get("/v1/themes").json()["revision"] == 1
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ThemeModelRow)) == 0


def test_scopes(client: TestClient, make_key: Callable[..., str]) -> None:
    [comment_id, *_] = fill(client)
    for scopes, method, path, body, status in (
        ("score", "GET", "", None, 403),
        ("read", "GET", "", None, 200),
        ("read,ticket", "PATCH", "/theme-001", {"pinned": True}, 403),
        ("admin", "PATCH", "/theme-001", {"pinned": True}, 200),
        ("read", "POST", "/corrections", {"comment_id": comment_id, "theme_id": None}, 403),
        ("ticket", "POST", "/corrections", {"comment_id": comment_id, "theme_id": None}, 200),
    ):
        key = make_key(client, scopes=scopes)
        headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
        response = client.request(method, f"/v1/themes{path}", json=body, headers=headers)
        assert response.status_code == status, (scopes, path, response.text)


def test_a_correction_is_seen_at_once(client: TestClient) -> None:
    ids = fill(client)
    answer = changed(client, "POST", "/corrections", {"comment_id": ids[4], "theme_id": "theme-003"})
    assert answer["changes"]["moves"] == [
        {"from": None, "to": "theme-003", "comments": 1, "comment_ids": [ids[4]]}
    ]
    changed(client, "POST", "/corrections", {"comment_id": ids[0], "theme_id": None})
    placed = table(client)
    assert (placed[ids[4]], placed[ids[0]]) == (["theme-003"], [])
    [item] = [
        one for one in client.get("/v1/themes/theme-003/comments").json()["items"] if one["id"] == ids[4]
    ]
    assert item["themes"][0]["origin"] == "person"


def test_an_archived_theme_lets_go_what_a_person_gave_it(client: TestClient) -> None:
    ids = fill(client)
    given = (ids[4], ids[9])
    for comment_id in given:
        changed(client, "POST", "/corrections", {"comment_id": comment_id, "theme_id": "theme-003"})
    answer = changed(client, "PATCH", "/theme-003", {"archived": True})
    assert answer["changes"]["themes"][0]["lost"] == 4
    assert [table(client)[one] for one in given] == [[], []]
    changed(client, "PATCH", "/theme-003", {"archived": False})
    assert [table(client)[one] for one in given] == [["theme-003"], ["theme-003"]]


def test_a_group_takes_no_correction(client: TestClient) -> None:
    ids = fill(client)
    response = change(client, "POST", "/corrections", {"comment_id": ids[0], "theme_id": "group-001"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_theme_change")


def test_what_is_stored_is_what_is_shown(client: TestClient) -> None:
    fill(client)
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.reading() as session:
        rows = session.execute(
            select(CommentThemeRow.comment_id, CommentThemeRow.theme_id).order_by(CommentThemeRow.rank)
        )
        stored: dict[str, list[str]] = {}
        for comment_id, theme_id in rows:
            stored.setdefault(comment_id, []).append(theme_id)
    assert stored == {comment_id: themes for comment_id, themes in table(client).items() if themes}


def split_staff(model: ThemeModel) -> ThemeModel:
    """Split the theme of the staff in two."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    words: dict[str, tuple[str, ...]] = {"ja": (), "en": ()}
    parts = [Theme(f"theme-00{number}", {"ja": "部", "en": "part"}, 5, words) for number in (4, 5)]
    return split(model, "theme-003", parts, [axes[2:3], axes[4:5]])


@pytest.mark.parametrize(
    "edit", [lambda model: model, lambda model: archive(model, "theme-003"), split_staff]
)
def test_comments_are_placed_as_the_library_assigns_them(edit: Callable[[ThemeModel], ThemeModel]) -> None:
    analyzer = WordAnalyzer()
    model, rule = add_rule(analyzer.themes, "sentiment:negative (配送 OR delivery)", {"en": "angry"})
    for comment_id, theme_id in (
        ("c1", "theme-003"),
        ("c6", "theme-003"),
        ("c10", "theme-003"),
        ("c2", None),
    ):
        model = correct(model, comment_id, theme_id)
    model = edit(model)
    zone = ZoneInfo("Asia/Tokyo")
    rows = [
        CommentRow(id=f"c{number}", masked_text=text, lang="auto", extra={})
        for number, text in enumerate([*JA, *EN, "特になし"])
    ]
    comments = [comment_of(row, zone) for row in rows]
    analyses = analyzer.analyze(comments)
    known = [one for one in analyses if isinstance(one, Analysis)]
    assert len(known) == len(rows)
    vectors = embed_texts([prepare(one.text) for one in comments], analyzer.embedder, model.dictionary)
    learnt = model.assign(vectors, [one.language for one in known])
    placed = [
        place(
            model,
            comment.id,
            matches if analysis.meaningful else (),
            {
                one.id: 0
                for one in follow(rules_of(model), comment, analysis_of(analysis.to_dict()), model.dictionary)
            },
            vector if analysis.meaningful else None,
            analysis.language,
        )
        for comment, analysis, matches, vector in zip(comments, known, learnt, vectors, strict=True)
    ]
    expected = assign_comments(model, comments, analyzer.embedder, analyses=known)
    assert any(Placed(rule.id, 1.0, "rule") in one for one in placed)
    for mine, theirs in zip(placed, expected, strict=True):
        assert not isinstance(theirs, Refusal)
        assert [(one.theme_id, one.similarity) for one in mine] == [
            (one.id, round(one.similarity, 4)) for one in theirs
        ]


def test_what_stands_below_a_split_theme_takes_what_a_person_gave_it() -> None:
    model = split_staff(correct(WordAnalyzer().themes, "c1", "theme-003"))
    assert reach_of(model, move(model, "theme-002", "theme-003")).corrected == {"c1"}
    assert reach_of(model, rename(model, "theme-003", {"ja": "接客", "en": "service"})).corrected == set()


def test_comments_from_before_there_were_themes_are_placed_by_the_worker(
    client: TestClient, clock: MovedClock
) -> None:
    fill(client)
    before = table(client)
    noise = [post(client, text, text)["comment"]["id"] for text in ("特になし", "n/a")]
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.writing() as session:
        for gone in (CommentThemeRow, CommentVectorRow, ThemeModelRow):
            session.execute(delete(gone))
    assert client.get("/v1/themes").json()["comments"] == 0
    for comment_id in noise:
        changed(client, "POST", "/corrections", {"comment_id": comment_id, "theme_id": "theme-003"})
    theme_worker(client, clock).run_once()
    assert table(client) == {**before, **{one: ["theme-003"] for one in noise}}
    assert client.get("/v1/themes").json()["comments"] == 12


class BusyEmbedder(WordEmbedder):
    """Lets something happen while it embeds."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts."""
        self.meanwhile()
        return super().embed(texts)


def test_comments_come_in_while_older_ones_are_embedded(client: TestClient, clock: MovedClock) -> None:
    ids = fill(client)
    app = client.app
    assert isinstance(app, FastAPI)
    with app.state.database.writing() as session:
        for gone in (CommentThemeRow, CommentVectorRow):
            session.execute(delete(gone))
    embedder = BusyEmbedder()
    shelf = ThemeShelf(embedder, word_themes(embedder))
    zone = ZoneInfo("Asia/Tokyo")
    new: list[str] = []
    embedder.meanwhile = lambda: new.extend(
        post(client, text, text)["comment"]["id"] for text in (JA[2], EN[2])
    )
    assert backfill.place_some(app.state.database, shelf, zone, clock()) == len(ids)
    embedder.meanwhile = lambda: None
    assert backfill.place_some(app.state.database, shelf, zone, clock()) == 0
    assert [table(client)[one] for one in (ids[0], *new)] == [["theme-001"], ["theme-002"], ["theme-002"]]


def test_the_service_starts_without_the_heavy_packages() -> None:
    code = (
        "import sys, api.main, api.worker.themes; "
        "print(*{'bertopic', 'sklearn', 'scipy', 'pandas', 'torch', 'umap'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
