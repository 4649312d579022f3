"""The command `voc themes` with the shipped encoder, on the bundled journal: from file to file."""

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from voc_nlp.artifacts import MANIFEST, open_folder, write_folder
from voc_nlp.cli import run
from voc_nlp.cli.themes import storing
from voc_nlp.loading import load_embedder
from voc_nlp.topics import editing
from voc_nlp.topics import fit as fitting
from voc_nlp.topics.hashing import hash_comments
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import ThemeKind

JOURNAL = Path(__file__).resolve().parents[2] / "samples" / "journal.jsonl"
PUBLISHED = {"id", "label", "size", "keywords"}

Captured = pytest.CaptureFixture[str]


def put(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    """Write a JSONL file."""
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return str(path)


def lines(path: str | Path) -> list[dict[str, Any]]:
    """Read a JSONL file."""
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """Read every sixth comment of the journal, half of them in each language at least in part."""
    return [json.loads(line) for line in JOURNAL.read_text("utf-8").splitlines()][::6]


@pytest.fixture(scope="session")
def source(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write them as IN."""
    return put(tmp_path_factory.mktemp("journal") / "in.jsonl", rows)


@pytest.fixture(scope="session")
def fitted(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fit themes to them."""
    folder = tmp_path_factory.mktemp("fitted") / "themes"
    assert run(["themes", "fit", source, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def folder(fitted: Path, tmp_path: Path) -> Path:
    """Copy the fitted themes, to be edited."""
    copied = tmp_path / "themes"
    shutil.copytree(fitted, copied)
    return copied


def test_fit_show_and_assign(fitted: Path, source: str, tmp_path: Path, capfd: Captured) -> None:
    assert run(["themes", "show", str(fitted), "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert len(listed) > 5
    assert all(set(theme) > PUBLISHED for theme in listed)
    assert all(set(theme["label"]) == set(theme["keywords"]) == {"ja", "en"} for theme in listed)
    out = tmp_path / "out.jsonl"
    assert run(["themes", "assign", str(fitted), source, str(out)]) == 0
    answers = lines(out)
    assert all(set(answer) == {"id", "themes"} for answer in answers)
    ids = {theme["id"] for theme in listed if theme["kind"] == "learnt"}
    matches = [match for answer in answers for match in answer["themes"]]
    assert {match["id"] for match in matches} <= ids
    assert sum(not answer["themes"] for answer in answers) <= 0.1 * len(answers)
    sizes = {theme["id"]: theme["size"] for theme in listed}
    first = [answer["themes"][0]["id"] for answer in answers if answer["themes"]]
    assert all(first.count(theme) == sizes[theme] for theme in ids)


def test_assign_gives_the_same_over_processes_and_as_many_as_asked(
    fitted: Path, source: str, tmp_path: Path
) -> None:
    one, two, top = (str(tmp_path / name) for name in ("1.jsonl", "2.jsonl", "3.jsonl"))
    assert run(["themes", "assign", str(fitted), source, one]) == 0
    assert run(["themes", "assign", str(fitted), source, two, "--workers", "2"]) == 0
    assert Path(one).read_bytes() == Path(two).read_bytes()
    assert run(["themes", "assign", str(fitted), source, top, "--top", "1"]) == 0
    assert [row["themes"] for row in lines(top)] == [row["themes"][:1] for row in lines(one)]
    assert any(len(row["themes"]) > 1 for row in lines(one))


def test_the_table_shows_what_stands_below_what(folder: Path, capfd: Captured, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    theme = next(one for one in ThemeModel.load(folder).themes if one.parent is not None)
    assert run(["themes", "edit", str(folder), "pin", theme.id]) == 0
    assert run(["themes", "edit", str(folder), "archive", theme.id]) == 0
    capfd.readouterr()
    assert run(["themes", "show", str(folder)]) == 0
    shown = capfd.readouterr().out.splitlines()
    assert "revision 3" in shown[0]
    places = {name: place for place, line in enumerate(shown) for name in line.split() if "-0" in name}
    assert theme.parent is not None
    assert places[theme.parent] < places[theme.id]
    assert "learnt, pinned, archived" in shown[places[theme.id]]
    assert shown[places[theme.id]].index(theme.id) > shown[places[theme.parent]].index(theme.parent)


def test_what_is_read_and_left_out_is_told(
    rows: list[dict[str, Any]], tmp_path: Path, capfd: Captured
) -> None:
    bad: list[dict[str, Any]] = [
        {"id": "x1", "text": "あ" * 20_001},
        {"id": "x2", "text": "a\0b"},
        {"id": "x3", "text": "bonjour", "lang": "fr"},
        {"id": rows[0]["id"], "text": "again"},
        {"id": "x4", "text": ""},
        {"id": "x5", "text": "特になし"},
        {"id": "x6", "text": "配送が遅い。" * 3_300},
    ]
    given = put(tmp_path / "in.jsonl", [*rows[:100], *bad])
    out = tmp_path / "themes"
    assert run(["themes", "fit", given, "--out", str(out), "--sample", "50", "--seed", "4"]) == 3
    told = capfd.readouterr().err
    assert "107 records, 103 analysed, 4 refused (duplicate_id 1, invalid_text 1, text_too_long 1," in told
    assert "fitted on a sample of 50 of the 101 comments that say something" in told
    assert "101 comments are few (under 200): the themes are coarse" in told
    receipt = ThemeModel.load(out).receipt
    assert (receipt["comments"], receipt["usable"], receipt["read"]) == (106, 101, 50)
    assert receipt["refused"] == {"invalid_text": 1, "text_too_long": 1, "unsupported_language": 1}
    assert receipt["seed"] == 4


def test_a_stream_is_hashed_whole(fitted: Path, rows: list[dict[str, Any]]) -> None:
    from voc_nlp.schema import Comment

    comments = [Comment(row["id"], row["text"], row["lang"]) for row in rows]
    assert ThemeModel.load(fitted).receipt["data_sha256"] == hash_comments(comments)


@pytest.mark.parametrize("text", ["配送が遅れて困りました。", "The delivery was late again."])
def test_too_few_and_all_alike(text: str, tmp_path: Path, capfd: Captured) -> None:
    few = put(tmp_path / "few.jsonl", [{"text": text}] * 5)
    assert run(["themes", "fit", few, "--out", str(tmp_path / "few")]) == 2
    assert "5 of 5 comments are usable; expected at least 10" in capfd.readouterr().err
    assert not (tmp_path / "few").exists()
    alike = put(tmp_path / "alike.jsonl", [{"text": text}] * 40 + [{"text": ""}] * 5)
    assert run(["themes", "fit", alike, "--out", str(tmp_path / "alike")]) == 0
    assert run(["themes", "assign", str(tmp_path / "alike"), alike, str(tmp_path / "out.jsonl")]) == 0
    answers = [[one["id"] for one in row["themes"]] for row in lines(tmp_path / "out.jsonl")]
    assert answers == [["theme-001"]] * 40 + [[]] * 5


def test_a_refit_goes_on_and_can_be_run_again(
    folder: Path, rows: list[dict[str, Any]], tmp_path: Path, capfd: Captured
) -> None:
    source = put(tmp_path / "more.jsonl", rows[20:])
    theme = ThemeModel.load(folder).themes[0].id
    assert run(["themes", "edit", str(folder), "rename", theme, "--ja", "私の話題", "--en", "my theme"]) == 0
    new = str(tmp_path / "new")
    assert run(["themes", "fit", source, "--out", new, "--since", str(folder)]) == 0
    assert "since the older model: " in capfd.readouterr().err
    kept = ThemeModel.load(Path(new)).find(theme)
    assert (kept.label, kept.renamed) == ({"ja": "私の話題", "en": "my theme"}, True)
    assert run(["themes", "rerun", new, source]) == 2
    assert "at its revision 2; give it with --since DIR" in capfd.readouterr().err
    assert run(["themes", "rerun", new, source, "--since", str(folder)]) == 0
    assert "the same table" in capfd.readouterr().out
    assert run(["themes", "edit", str(folder), "pin", theme]) == 0
    assert run(["themes", "rerun", new, source, "--since", str(folder)]) == 2
    assert "expected revision 2 of it" in capfd.readouterr().err
    assert run(["themes", "lineage", new, "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert {one["kind"] for one in told if one["revision"] == 3} >= {"same"}
    assert run(["themes", "lineage", new]) == 0
    assert theme in capfd.readouterr().out


def test_added_themes_move_no_old_one(
    folder: Path, source: str, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert run(["themes", "fit", source, "--out", str(tmp_path / "no"), "--add-only"]) == 2
    news = [
        {"text": text.format(n)}
        for n in range(20)
        for text in ("抽選会の当選番号{}が発表されません。", "The raffle numbers {} were never announced.")
    ]
    more = put(tmp_path / "more.jsonl", [*rows, *news])
    new = str(tmp_path / "new")
    assert run(["themes", "fit", more, "--out", new, "--since", str(folder), "--add-only"]) == 0
    before, after = ThemeModel.load(folder), ThemeModel.load(Path(new))
    learnt = [theme.id for theme in before.themes if theme.kind is ThemeKind.LEARNT]
    assert all(np.array_equal(before.prototypes_of(one), after.prototypes_of(one)) for one in learnt)
    assert len(after.themes) > len(before.themes)


def test_rerun_tells_what_differs(
    folder: Path, source: str, rows: list[dict[str, Any]], tmp_path: Path, capfd: Captured
) -> None:
    assert run(["themes", "rerun", str(folder), source]) == 0
    other = put(tmp_path / "other.jsonl", rows[:-1])
    capfd.readouterr()
    assert run(["themes", "rerun", str(folder), other]) == 1
    told = capfd.readouterr().out
    assert told.startswith("another table\n")
    assert "data_sha256: " in told
    assert run(["themes", "rerun", str(folder), source, "--since", str(folder)]) == 2
    assert "leave --since out" in capfd.readouterr().err
    words = tmp_path / "words.csv"
    words.write_text("kind,word,stands_for\nstop,店舗,\nsynonym,茶葉,お茶\n", "utf-8")
    assert run(["themes", "edit", str(folder), "dictionary", str(words)]) == 0
    assert run(["themes", "rerun", str(folder), source]) == 2
    assert "give the one of the fit with --dictionary" in capfd.readouterr().err
    words.write_text("kind,word,stands_for\n", "utf-8")
    assert run(["themes", "rerun", str(folder), source, "--dictionary", str(words)]) == 0


def test_rerun_needs_a_receipt(tmp_path: Path, source: str, capfd: Captured) -> None:
    dimension = load_embedder().dimension
    nothing = np.zeros((0, dimension), np.float32)
    ThemeModel(
        [], nothing, np.zeros((2, nothing.shape[1]), np.float32), threshold=0, encoder="x", seed=0
    ).save(tmp_path / "themes")
    assert run(["themes", "rerun", str(tmp_path / "themes"), source]) == 2
    assert "holds no receipt" in capfd.readouterr().err


def test_a_dictionary_is_fitted_with(source: str, tmp_path: Path, capfd: Captured) -> None:
    words = tmp_path / "words.csv"
    words.write_text("kind,word,stands_for\nstop,お茶,\nstop,a\nsynonym,refund,返金\n", "utf-8")
    out = str(tmp_path / "themes")
    assert run(["themes", "fit", source, "--out", out, "--dictionary", str(words)]) == 0
    model = ThemeModel.load(Path(out))
    assert model.dictionary.synonyms == {"refund": "返金"}
    assert model.receipt["dictionary"] == model.dictionary.version
    assert all("お茶" not in theme.keywords["ja"] for theme in model.themes)
    words.write_text("kind,word,stands_for\nstopp,お茶,\n", "utf-8")
    assert run(["themes", "fit", source, "--out", out, "--dictionary", str(words)]) == 2
    assert "line 2: the kind is 'stopp'" in capfd.readouterr().err


def _named(model: ThemeModel) -> bool:
    return model.find("theme-001").label == {"ja": "配送の遅れ", "en": "late delivery"}


def _ruled(model: ThemeModel) -> bool:
    rule = model.find("rule-001")
    return (rule.query, rule.parent, rule.label["en"]) == ("配送 AND 遅い", "group-001", "配送の遅れ")


EDITS: list[tuple[list[str], Callable[[ThemeModel], bool]]] = [
    (["rename", "theme-001", "--ja", "配送の遅れ", "--en", "late delivery"], _named),
    (["merge", "theme-001", "theme-002"], lambda m: "theme-002" not in [one.id for one in m.themes]),
    (
        ["merge", "theme-001", "theme-002", "--ja", "合併"],
        lambda m: m.find("theme-001").label["ja"] == "合併",
    ),
    (["move", "theme-001", "--top"], lambda m: m.find("theme-001").parent is None),
    (["move", "theme-001", "--under", "theme-002"], lambda m: m.find("theme-001").parent == "theme-002"),
    (["archive", "theme-001"], lambda m: m.find("theme-001").archived),
    (["archive", "theme-001", "--undo"], lambda m: not m.find("theme-001").archived),
    (["pin", "theme-001"], lambda m: m.find("theme-001").pinned),
    (["correct", "c-1", "theme-001"], lambda m: m.corrections == {"c-1": "theme-001"}),
    (["correct", "c-1", "--none"], lambda m: m.corrections == {"c-1": None}),
    (["rule", "配送 AND 遅い", "--ja", "配送の遅れ", "--under", "group-001"], _ruled),
    (["group", "--ja", "新しい", "--en", "new"], lambda m: any(one.label["en"] == "new" for one in m.themes)),
]


@pytest.mark.parametrize(("words", "holds"), EDITS, ids=[" ".join(words) for words, _ in EDITS])
def test_edits(folder: Path, words: list[str], holds: Callable[[ThemeModel], bool], capfd: Captured) -> None:
    (folder / "README.md").write_text("a card", "utf-8")
    assert run(["themes", "edit", str(folder), *words, "--expect", "1"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "revision 2"
    assert holds(ThemeModel.load(folder, load_embedder()))
    before = (folder / MANIFEST).read_bytes()
    assert run(["themes", "edit", str(folder), *words, "--expect", "1"]) == 2
    assert "has revision 2; expected 1. Somebody edited it" in capfd.readouterr().err
    assert (folder / MANIFEST).read_bytes() == before
    assert (folder / "README.md").read_text("utf-8") == "a card"
    assert [path.name for path in folder.parent.iterdir()] == ["themes"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rename", "theme-001"], "Give a name"),
        (["rename", "theme-999", "--en", "x"], "there is no theme 'theme-999'"),
        (["move", "theme-001"], "Say where to"),
        (["move", "theme-001", "--top", "--under", "group-001"], "Say where to"),
        (["correct", "c-1"], "Say which theme"),
        (["merge", "theme-001"], "expected two or more"),
        (["rule", "配送 AND (", "--ja", "x"], "column"),
        (["rule", "x", "--change", "rule-001", "--ja", "x"], "takes a query alone"),
        (["pin", "theme-001", "--expect", "0"], "x>=1"),
    ],
)
def test_unusable_edits_change_nothing(folder: Path, words: list[str], message: str, capfd: Captured) -> None:
    assert run(["themes", "edit", str(folder), *words]) == 2
    assert message in capfd.readouterr().err
    assert ThemeModel.load(folder).revision == 1


def test_a_theme_is_split_by_its_comments(folder: Path, source: str, capfd: Captured) -> None:
    model = ThemeModel.load(folder)
    largest = max((one for one in model.themes if one.kind is ThemeKind.LEARNT), key=lambda one: one.size)
    assert run(["themes", "edit", str(folder), "split", largest.id, source, "--parts", "2"]) == 0
    told = capfd.readouterr().out.splitlines()
    changed = ThemeModel.load(folder)
    assert told[-1] == "revision 2"
    assert len(told) == 3
    assert {changed.find(one).parent for one in told[:2]} == {largest.id}
    assert changed.find(largest.id).kind is ThemeKind.GROUP


def test_a_dictionary_renames_where_comments_are_given(folder: Path, source: str, tmp_path: Path) -> None:
    model = ThemeModel.load(folder)
    word = next(one.keywords["ja"][0] for one in model.themes if one.keywords["ja"])
    words = tmp_path / "words.csv"
    words.write_text(f"kind,word,stands_for\nstop,{word},\n", "utf-8")
    assert run(["themes", "edit", str(folder), "dictionary", str(words), "--name-by", source]) == 0
    learnt = [one for one in ThemeModel.load(folder).themes if one.kind is ThemeKind.LEARNT]
    assert all(word not in (*one.keywords["ja"], one.label["ja"]) for one in learnt)


def test_rules_and_corrections_assign(folder: Path, tmp_path: Path) -> None:
    given = put(
        tmp_path / "in.jsonl",
        [
            {"id": "a", "text": "配送が三日も遅れて届きました。二度と頼みません。", "channel": "chat"},
            {"id": "b", "text": "The staff were kind and helpful, thank you!", "channel": "chat"},
            {"id": "c", "text": "The delivery was late and nobody answers.", "channel": "mail"},
        ],
    )
    edit = ["themes", "edit", str(folder)]
    assert run([*edit, "rule", "sentiment:negative channel:chat", "--ja", "怒り", "--en", "angry"]) == 0
    assert run([*edit, "correct", "c", "theme-002"]) == 0
    out = tmp_path / "out.jsonl"
    assert run(["themes", "assign", str(folder), given, str(out), "--tier", "fast"]) == 0
    first, second, third = (row["themes"] for row in lines(out))
    assert first[0] == {"id": "rule-001", "label": "怒り", "similarity": 1.0}
    assert "rule-001" not in [one["id"] for one in second]
    assert [(one["id"], one["similarity"]) for one in third] == [("theme-002", 1.0)]


def test_of_edits_at_one_time_none_is_lost(folder: Path) -> None:
    def edit(number: int) -> int:
        label = {"ja": f"第{number}群", "en": f"group {number}"}
        return storing.edit_folder(folder, lambda model: editing.add_group(model, label)[0]).revision

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(edit, range(6))) == [2, 3, 4, 5, 6, 7]
    labels = {theme.label["en"] for theme in ThemeModel.load(folder).themes}
    assert labels >= {f"group {number}" for number in range(6)}


def test_nothing_is_lost_when_the_disk_is_full(
    folder: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(model: ThemeModel, where: Path, **_: str) -> None:
        (where / MANIFEST).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ThemeModel, "save", save)
    assert run(["themes", "edit", str(folder), "pin", "theme-001"]) == 2
    assert "No space left on device" in capfd.readouterr().err
    assert ThemeModel.load(folder).revision == 1
    assert [path.name for path in folder.parent.iterdir()] == ["themes"]


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = storing.os.rename

    def fail(source: Path, target: Path) -> None:
        if str(source).endswith(".new"):
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(storing.os, "rename", fail)
    assert run(["themes", "edit", str(folder), "pin", "theme-001"]) == 2
    assert ThemeModel.load(folder).revision == 1
    assert [path.name for path in folder.parent.iterdir()] == ["themes"]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_trends(fitted: Path, source: str, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    assert run(["themes", "trends", str(fitted), source, str(out), "--by", "channel", "--groups"]) == 0
    if name.endswith(".parquet"):
        table = pq.read_table(out).to_pylist()
    elif name.endswith(".csv"):
        table = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    else:
        table = lines(out)
    assert {row["kind"] for row in table} >= {"learnt", "group"}
    assert {row["label_ja"] for row in table if not row["id"]} == {"テーマなし"}
    assert {row["start"] for row in table} >= {"2025-04-01", "2025-05-01"}
    totals = {(row["start"], row["segment"]): int(row["total"]) for row in table}
    assert sum(totals.values()) == len(lines(source))
    assert len({row["segment"] for row in table}) > 2


def test_trends_in_sum_with_sentiment_by_language(fitted: Path, source: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    words = ["themes", "trends", str(fitted), source, str(out), "--period", "whole", "--sentiment"]
    assert run(words) == 0
    for row in lines(out):
        assert row["n"] == row["n_ja"] + row["n_en"]
        assert row["score_low"] is None or row["score_low"] <= row["score"] <= row["score_high"]


def test_impact(fitted: Path, source: str, tmp_path: Path, capfd: Captured) -> None:
    out = tmp_path / "out.jsonl"
    assert run(["themes", "impact", str(fitted), source, str(out)]) == 0
    answered = sum(row["nps"] is not None for row in lines(source))
    assert f"{answered} comments have an answer" in capfd.readouterr().err
    measured = [row for row in lines(out) if row["not_measured"] is None]
    assert measured
    assert all(row["n_with"] + row["n_without"] == answered for row in measured)
    assert all(row["difference_low"] <= row["difference"] <= row["difference_high"] for row in measured)


def test_emerging(fitted: Path, rows: list[dict[str, Any]], tmp_path: Path, capfd: Captured) -> None:
    news = [
        {"id": f"{lang}-{n}", "text": text.format(word), "lang": lang, "created_at": f"2026-10-{10 + n:02d}"}
        for n, (ja, en) in enumerate(
            [("朝", "Monday"), ("昼", "Tuesday"), ("夜", "Friday"), ("今日", "today"), ("昨日", "noon")] * 2
        )
        for lang, text, word in (
            ("ja", f"{{}}の抽選会の当選番号が{n}回目も発表されません。", ja),
            ("en", f"The raffle numbers of {{}} were not announced, try {n}.", en),
        )
    ]
    given = put(tmp_path / "in.jsonl", [*rows, *news, {"id": "z", "text": "配送が遅い", "created_at": "夏"}])
    out = tmp_path / "out.jsonl"
    assert run(["themes", "emerging", str(fitted), given, str(out), "--at", "2026-10-31"]) == 0
    assert "0 comments without created_at, 1 with one that is not" in capfd.readouterr().err
    found = [row for row in lines(out) if row["comments"]]
    named = {one for row in found for one in row["comments"].split(";")}
    assert len({one for one in named if one.split("-")[0] in ("ja", "en")}) >= 5
    assert all(row["first_seen"] >= "2026-09-01" for row in found)
    ruled = tmp_path / "ruled"  # a rule theme that holds the new comments hides none of them
    shutil.copytree(fitted, ruled)
    assert (
        run(["themes", "edit", str(ruled), "rule", "抽選会 OR raffle", "--ja", "抽選", "--en", "raffle"]) == 0
    )
    assert (
        run(["themes", "emerging", str(ruled), given, str(tmp_path / "again.jsonl"), "--at", "2026-10-31"])
        == 0
    )
    again = [row for row in lines(tmp_path / "again.jsonl") if row["comments"]]
    assert [(row["finding"], row["id"], row["comments"]) for row in again] == [
        (row["finding"], row["id"], row["comments"]) for row in found
    ]


def test_a_terminal_gets_a_table(
    fitted: Path, source: str, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert run(["themes", "impact", str(fitted), source, "-"]) == 0
    shown = capfd.readouterr().out
    assert "without_theme" in shown
    assert " to " in shown
    assert "{" not in shown


def test_corrupted_newer_and_foreign_folders(
    folder: Path, source: str, tmp_path: Path, capfd: Captured
) -> None:
    commands = [
        ["show", str(folder)],
        ["lineage", str(folder)],
        ["assign", str(folder), source, str(tmp_path / "o.jsonl")],
        ["edit", str(folder), "pin", "theme-001"],
        ["trends", str(folder), source, str(tmp_path / "o.jsonl")],
        ["rerun", str(folder), source],
        ["fit", source, "--out", str(tmp_path / "new"), "--since", str(folder)],
    ]
    manifest = json.loads((folder / MANIFEST).read_bytes())
    array = folder / "prototypes.safetensors"
    array.write_bytes(array.read_bytes()[:-8] + bytes(8))
    for words in commands:
        assert run(["themes", *words]) == 2
        assert "The file was changed or not fully copied" in capfd.readouterr().err
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format": 99}), "utf-8")
    for words in commands:
        assert run(["themes", *words]) == 2
        assert "Update the program" in capfd.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["themes"]


def test_themes_of_another_encoder(tmp_path: Path, source: str, capfd: Captured) -> None:
    nothing, folder = np.zeros((0, 3), np.float32), tmp_path / "themes"
    ThemeModel(
        [], nothing, np.zeros((2, nothing.shape[1]), np.float32), threshold=0, encoder="toy/3", seed=0
    ).save(folder)
    assert run(["themes", "assign", str(folder), source, str(tmp_path / "out.jsonl")]) == 2
    error = capfd.readouterr().err
    assert "compares vectors of 3 numbers" in error
    assert "'toy/3'" in error
    assert not (tmp_path / "out.jsonl").exists()


def test_fitted_themes_name_their_encoder(fitted: Path) -> None:
    themes = ThemeModel.load(fitted, load_embedder())
    assert themes.encoder == "encoder/1.0.0"
    assert themes.probe is not None


def test_foreign_files_are_never_overwritten(source: str, tmp_path: Path, capfd: Captured) -> None:
    other, full = tmp_path / "other", tmp_path / "full"
    write_folder(other, kind="sentiment", name="x", version="1")
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    for folder in (other, full):
        assert run(["themes", "fit", source, "--out", str(folder)]) == 2
        assert "no theme model" in capfd.readouterr().err
    assert open_folder(other, "sentiment").config["name"] == "x"
    assert run(["themes", "fit", source, "--out", str(full / "notes.txt" / "themes")]) == 2
    assert "cannot be written" in capfd.readouterr().err


def test_fitting_without_its_extra_is_told(
    source: str, tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit_themes(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'bertopic'", name="bertopic")

    monkeypatch.setattr(fitting, "fit_themes", fit_themes)
    assert run(["themes", "fit", source, "--out", str(tmp_path / "t")]) == 1
    assert "needs bertopic, which is not installed; install it with: pip" in capfd.readouterr().err
