"""What analysts do to themes, what it is refused for, and that it survives the next fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.voc_nlp.topics.made import embedder, made_comments, small_model
from voc_nlp.errors import InputError, QueryError
from voc_nlp.schema import Comment
from voc_nlp.text.dictionary import Dictionary
from voc_nlp.topics.assign import assign_comments, with_ancestors
from voc_nlp.topics.editing import (
    add_group,
    add_rule,
    archive,
    change_rule,
    correct,
    merge,
    move,
    next_id,
    pin,
    rename,
    split,
    use_dictionary,
)
from voc_nlp.topics.fit import fit_themes, split_theme
from voc_nlp.topics.hierarchy import path_of
from voc_nlp.topics.lineage import DescentKind
from voc_nlp.topics.model import ThemeModel
from voc_nlp.topics.theme import Theme, ThemeKind

DIMENSION = 8
NAMES = {"ja": "配送の遅れ", "en": "late delivery"}


def toy(count: int = 5) -> ThemeModel:
    """Build themes whose prototypes are the first axes."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    themes = [
        Theme(
            f"theme-{n + 1:03d}",
            {"ja": f"話題{n}", "en": f"topic {n}"},
            10 * (n + 1),
            {"ja": (f"語{n}", "配達"), "en": (f"word{n}", "parcel")},
            representatives=(f"c{n}",),
            languages={"ja": 10 * n + 4, "en": 6},
        )
        for n in range(count)
    ]
    centers = np.zeros((2, DIMENSION), dtype=np.float32)
    return ThemeModel(themes, axes[:count], centers, threshold=0.5, encoder="e/1", seed=0)


def axis(place: int) -> np.ndarray:
    return np.eye(DIMENSION, dtype=np.float32)[place : place + 1]


def as_json(model: ThemeModel) -> str:
    facts, arrays = model.to_parts()
    return json.dumps([facts, {name: one.tolist() for name, one in arrays.items()}])


def grouped() -> ThemeModel:
    """Build group-001 > group-002 > theme-001, and theme-002 in group-001."""
    model, outer = add_group(toy(), {"en": "outer"})
    model, inner = add_group(model, {"ja": "内側"}, outer.id)
    return move(move(model, "theme-001", inner.id), "theme-002", outer.id)


EDITS: list[tuple[str, Callable[[ThemeModel], object]]] = [
    ("rename", lambda m: rename(m, "theme-001", NAMES)),
    ("pin", lambda m: pin(m, "theme-001")),
    ("archive", lambda m: archive(m, "theme-001")),
    ("move", lambda m: move(m, "theme-001", "theme-002")),
    ("merge", lambda m: merge(m, ["theme-001", "theme-002"])),
    ("split", lambda m: split(m, "theme-001", parts_of(m), [axis(0), axis(5)])),
    ("correct", lambda m: correct(m, "c1", "theme-002")),
    ("rule", lambda m: add_rule(m, "返金 OR refund", NAMES)[0]),
    ("group", lambda m: add_group(m, NAMES)[0]),
    ("dictionary", lambda m: use_dictionary(m, Dictionary(stop_words=frozenset({"parcel"})))),
]


def parts_of(model: ThemeModel) -> list[Theme]:
    first = next_id(model.themes, model.history, ThemeKind.LEARNT)
    one = Theme(first, {"ja": "前半", "en": "first half"}, 4, {})
    return [one, replace(one, id=next_id([*model.themes, one], (), ThemeKind.LEARNT), size=6)]


@pytest.mark.parametrize(("name", "edit"), EDITS, ids=[name for name, _ in EDITS])
def test_an_edit_gives_another_model_one_revision_later(
    name: str, edit: Callable[[ThemeModel], ThemeModel], tmp_path: Path
) -> None:
    before = toy()
    was = as_json(before)
    after = edit(before)
    assert as_json(before) == was
    assert after.revision == before.revision + 1
    assert as_json(after) != was
    # and of a model that was loaded, the same; which is saved whole
    before.save(tmp_path / "before")
    loaded = edit(ThemeModel.load(tmp_path / "before"))
    assert as_json(loaded) == as_json(after)
    loaded.save(tmp_path / "after")
    assert as_json(ThemeModel.load(tmp_path / "after")) == as_json(after)


def test_rename() -> None:
    renamed = rename(toy(), "theme-002", {"ja": "  配送の\n遅れ "}).find("theme-002")
    assert renamed.label == {"ja": "配送の 遅れ", "en": "topic 1"}
    assert renamed.held


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ({}, "a name in no language was given; expected ja, en or both"),
        ({"fr": "retard"}, "a name in fr was given"),
        ({"ja": "  "}, "the name in ja has 0 characters; expected 1 to 80"),
        ({"ja": "\u200b"}, "the name in ja is .*; expected one that can be seen and written"),
        ({"ja": "遅配\udc81"}, "the name in ja is .*; expected one that can be seen and written"),
        ({"en": "late\x1b[2J"}, "the name in en is .*; expected one that can be seen and written"),
        ({"en": "x" * 81}, "the name in en has 81 characters; expected 1 to 80"),
    ],
)
def test_names_that_are_refused(label: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rename(toy(), "theme-001", label)


def test_an_archived_theme_takes_no_comments() -> None:
    between = (axis(0) * 0.8 + axis(1) * 0.6).astype(np.float32)
    assert [one.id for one in toy().assign(between)[0]] == ["theme-001"]
    model = archive(toy(), "theme-001")
    assert [one.id for one in model.assign(between)[0]] == ["theme-002"]
    assert model.assign(axis(0)) == [()]
    assert [one.id for one in archive(model, "theme-001", False).assign(axis(0))[0]] == ["theme-001"]


def test_archiving_what_stands_above() -> None:
    model = grouped()
    with pytest.raises(InputError, match=r"group-002 has 1 themes in use below it \(theme-001\).*first"):
        archive(model, "group-002")
    closed = archive(archive(model, "theme-001"), "group-002")
    with pytest.raises(InputError, match=r"stands below group-002, which is archived.*back into use"):
        archive(closed, "theme-001", False)
    with pytest.raises(InputError, match="group-002 is archived; expected a theme in use above theme-003"):
        move(closed, "theme-003", "group-002")


def test_move_and_what_groups_hold() -> None:
    model = grouped()
    assert path_of(model.themes, "theme-001") == ["theme-001", "group-002", "group-001"]
    assert (model.find("group-001").size, model.find("group-002").size) == (30, 10)
    assert model.find("group-001").languages == {"ja": 18, "en": 12}
    found = with_ancestors(model, model.assign(axis(0)))[0]
    assert [one.id for one in found] == ["theme-001", "group-002", "group-001"]
    assert move(model, "theme-001", None).find("group-002").size == 0


@pytest.mark.parametrize(
    ("theme", "parent", "message"),
    [
        ("group-001", "group-002", "group-002 stands below group-001, or is it"),
        ("group-001", "group-001", "group-001 stands below group-001, or is it"),
        ("theme-003", "theme-001", "theme-003 below theme-001 makes 4 levels; expected at most 3"),
        ("group-001", "theme-003", "makes 4 levels"),
        ("theme-003", "nowhere", "no theme 'nowhere'"),
        ("nowhere", None, "no theme 'nowhere'"),
    ],
)
def test_places_that_are_refused(theme: str, parent: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        move(grouped(), theme, parent)


def test_nothing_stands_below_a_rule() -> None:
    model, rule = add_rule(toy(), "refund", NAMES)
    with pytest.raises(InputError, match="rule-001 is a rule theme; expected a group"):
        move(model, "theme-001", rule.id)


def test_merge() -> None:
    model = correct(move(toy(), "theme-004", "theme-003"), "c9", "theme-003")
    merged = merge(model, ["theme-002", "theme-003"], {"en": "both"})
    one = merged.find("theme-002")
    assert (one.size, one.languages, one.label["en"]) == (50, {"ja": 38, "en": 12}, "both")
    assert one.representatives == ("c1",)
    assert one.keywords["ja"] == ("語1", "語2")
    assert [found[0].id for found in merged.assign(np.concatenate([axis(1), axis(2)]))] == ["theme-002"] * 2
    assert merged.corrections == {"c9": "theme-002"}
    assert merged.find("theme-004").parent == "theme-002"
    last = merged.history[-1]
    assert (last.kind, last.sources) == (DescentKind.MERGED, {"theme-002": 1.0, "theme-003": 1.0})
    with pytest.raises(InputError, match="no theme 'theme-003'"):
        merged.find("theme-003")


@pytest.mark.parametrize("ids", [["theme-002", "theme-001"], ["theme-001", "theme-002"]])
def test_a_theme_is_merged_with_the_one_above_it(ids: list[str]) -> None:
    model, group = add_group(toy(), {"en": "group"})
    model = move(move(move(model, "theme-001", group.id), "theme-002", "theme-001"), "theme-003", "theme-001")
    merged = merge(model, ids)
    assert merged.find(ids[0]).parent == group.id
    assert merged.find("theme-003").parent == ids[0]
    assert merged.find(group.id).size == 60


def test_a_theme_is_merged_with_the_one_two_above_it() -> None:
    model = move(move(toy(), "theme-002", "theme-001"), "theme-003", "theme-002")
    merged = merge(model, ["theme-003", "theme-001"])
    assert [merged.find(one).parent for one in ("theme-003", "theme-002")] == [None, "theme-003"]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["theme-001"], "1 themes were given to merge; expected two or more, each once"),
        (["theme-001", "theme-001"], "each once"),
        (["theme-001", "theme-002", "theme-001"], "each once"),
        (["theme-001", "group-001"], "group-001 cannot be merged; expected learnt themes in use"),
        (["theme-001", "rule-001"], "rule-001 cannot be merged"),
        (["theme-001", "theme-005"], "theme-005 cannot be merged"),
        (["theme-001", "theme-009"], "no theme 'theme-009'"),
        (["theme-001", "theme-003"], "theme-004 stands below more than 2 others.*at most 3 levels"),
    ],
)
def test_merges_that_are_refused(ids: list[str], message: str) -> None:
    model = archive(move(add_rule(grouped(), "refund", NAMES)[0], "theme-004", "theme-003"), "theme-005")
    with pytest.raises(InputError, match=message):
        merge(model, ids)


def test_split() -> None:
    model = correct(toy(), "c7", "theme-001")
    parts = parts_of(model)
    changed = split(model, "theme-001", parts, [axis(0), axis(5)])
    group = changed.find("theme-001")
    assert (group.kind, group.size, group.held) == (ThemeKind.GROUP, 10, True)
    assert [one.parent for one in changed.themes[-2:]] == ["theme-001"] * 2
    assert [one.id for one in changed.assign(axis(0))[0]] == [parts[0].id]
    assert [(one.kind, one.sources) for one in changed.history] == [
        (DescentKind.SPLIT, {"theme-001": 0.4}),
        (DescentKind.SPLIT, {"theme-001": 0.6}),
    ]


def test_splits_that_are_refused() -> None:
    model = grouped()
    parts = parts_of(model)
    with pytest.raises(InputError, match="theme-001 stands on level 3, the lowest"):
        split(model, "theme-001", parts, [axis(0), axis(5)])
    with pytest.raises(InputError, match="group-001 cannot be split; expected a learnt theme in use"):
        split(model, "group-001", parts, [axis(0), axis(5)])
    with pytest.raises(InputError, match="theme-003 cannot be split"):
        split(archive(model, "theme-003"), "theme-003", parts, [axis(0), axis(5)])
    for some, rows in (([], []), (parts[:1], [axis(0)]), (parts, [axis(0)]), (parts, [axis(0), axis(0)[:0]])):
        with pytest.raises(InputError, match="expected two parts or more, each with prototypes"):
            split(model, "theme-003", some, rows)
    with pytest.raises(InputError, match="ids that themes have or had"):
        split(model, "theme-003", [parts[0], parts[0]], [axis(0), axis(5)])


def test_only_learnt_themes_in_use_are_given_comments() -> None:
    model = archive(add_rule(grouped(), "refund", NAMES)[0], "theme-005")
    assert correct(model, "c1", None).corrections == {"c1": None}
    for theme_id in ("group-001", "rule-001", "theme-005"):
        with pytest.raises(InputError, match=f"{theme_id} takes no comments of its own"):
            correct(model, "c1", theme_id)
    with pytest.raises(InputError, match="no theme 'theme-009'"):
        correct(model, "c1", "theme-009")


def test_rules() -> None:
    model, rule = add_rule(toy(), "返金 OR refund", {"ja": "返金"})
    assert (rule.id, rule.kind, rule.label) == ("rule-001", ThemeKind.RULE, {"ja": "返金", "en": "返金"})
    changed = change_rule(model, rule.id, "return AND NOT refund")
    assert changed.find(rule.id).query != rule.query
    with pytest.raises(InputError, match="theme-001 is a learnt theme; expected a rule theme"):
        change_rule(model, "theme-001", "refund")
    with pytest.raises(QueryError):
        change_rule(model, rule.id, "refund AND (")
    with pytest.raises(QueryError):
        add_rule(model, "", NAMES)


def test_key_words_follow_the_dictionary() -> None:
    words = Dictionary(stop_words=frozenset({"parcel"}), synonyms={"配達": "配送"})
    theme = use_dictionary(toy(), words).find("theme-001")
    assert theme.keywords == {"ja": ("語0", "配送"), "en": ("word0",)}


def test_an_id_is_never_given_again() -> None:
    model, first = add_group(toy(), NAMES)
    model = merge(model, ["theme-001", "theme-005"])
    assert next_id(model.themes, model.history, ThemeKind.LEARNT) == "theme-006"
    assert first.id == "group-001"
    assert next_id(model.themes, model.history, ThemeKind.GROUP) == "group-002"
    assert next_id(model.themes, model.history, ThemeKind.RULE) == "rule-001"
    odd = [Theme("theme-x", {"ja": "", "en": ""}, 0, {}), Theme("theme-1000", {"ja": "", "en": ""}, 0, {})]
    assert next_id(odd, (), ThemeKind.LEARNT) == "theme-1001"


# What follows is fitted on made-up comments.


def refitted(model: ThemeModel) -> ThemeModel:
    """Fit again on other comments of the same subjects."""
    return fit_themes(made_comments(130)[40:], embedder(), previous=model)


def subject_theme(model: ThemeModel, subject: str) -> Theme:
    """Find the theme that most comments of a subject are in."""
    comments = [one for one in made_comments(80) if one.id.startswith(subject)]
    found = [themes[0].id for themes in assign_comments(model, comments, embedder()) if themes]
    return model.find(max(sorted(set(found)), key=found.count))


def test_names_pins_and_moves_survive_the_next_fit() -> None:
    model = small_model()
    delivery, food = subject_theme(model, "delivery"), subject_theme(model, "food")
    model, group = add_group(model, {"ja": "店", "en": "shop"})
    model, rule = add_rule(model, "返金 OR refund", NAMES, group.id)
    model = move(rename(model, delivery.id, NAMES), food.id, group.id)
    after = refitted(model)
    assert after.revision == model.revision + 1
    assert after.find(delivery.id).label == NAMES
    assert after.find(food.id).parent == group.id
    assert after.find(rule.id).parent == group.id
    assert after.find(group.id).size == after.find(food.id).size > 0
    for held in (delivery, food):
        assert np.array_equal(after.prototypes_of(held.id), model.prototypes_of(held.id))
    assert subject_theme(after, "delivery").id == delivery.id


def test_what_stands_above_a_moved_theme_survives_too() -> None:
    model = small_model()
    delivery, food = subject_theme(model, "delivery"), subject_theme(model, "food")
    model = move(model, food.id, delivery.id)
    only_others = [one for one in made_comments(160) if not one.id.startswith("delivery")]
    after = fit_themes(only_others, embedder(), previous=model)
    assert after.find(food.id).parent == delivery.id


def test_merges_survive_the_next_fit() -> None:
    model = small_model()
    delivery, food = subject_theme(model, "delivery"), subject_theme(model, "food")
    after = refitted(merge(model, [delivery.id, food.id]))
    assert subject_theme(after, "food").id == subject_theme(after, "delivery").id == delivery.id
    assert food.id not in {theme.id for theme in after.themes}
    with pytest.raises(InputError):
        after.find(food.id)


def test_archived_themes_do_not_come_back() -> None:
    model = small_model()
    food = subject_theme(model, "food")
    after = refitted(archive(model, food.id))
    assert after.find(food.id).archived
    comments = [one for one in made_comments(80) if one.id.startswith("food")]
    found = assign_comments(after, comments, embedder())
    assert sum(not themes for themes in found) > len(comments) / 2
    assert not any(match.id == food.id for themes in found for match in themes)
    assert after.find(food.id).size == 0


def test_splits_survive_the_next_fit() -> None:
    model = small_model()
    delivery = subject_theme(model, "delivery")
    given = next(one for one in made_comments(80) if one.id.startswith("food"))
    model = correct(model, given.id, delivery.id)
    changed = split_theme(model, delivery.id, made_comments(80), embedder())
    parts = [one for one in changed.themes if one.parent == delivery.id]
    assert len(parts) == 2
    assert all(part.size and part.representatives for part in parts)
    assert changed.find(delivery.id).size == sum(part.size for part in parts)
    others = {one.id: one for one in model.themes if one.id != delivery.id}
    assert {one.id: one for one in changed.themes if one.id in others} == others
    after = refitted(changed)
    assert {one.id for one in after.themes if one.parent == delivery.id} == {part.id for part in parts}
    for one in (changed, after):
        (found,) = assign_comments(one, [given], embedder())
        assert found[0].id in {part.id for part in parts}
        assert found[0].similarity == 1.0


def test_a_split_with_too_few_comments() -> None:
    model = small_model()
    delivery = subject_theme(model, "delivery")
    others = [one for one in made_comments(80) if one.id.startswith("food")]
    with pytest.raises(InputError, match=f"0 of 20 comments belong to {delivery.id} first.*Give more"):
        split_theme(model, delivery.id, others, embedder(), parts=5)
    with pytest.raises(InputError, match="into 1 parts; expected two or more"):
        split_theme(model, delivery.id, others, embedder(), parts=1)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_corrections_survive_and_hold_the_theme(lang: str) -> None:
    model = small_model()
    delivery, staff = subject_theme(model, "delivery"), subject_theme(model, "staff")
    texts = {"ja": "味の料理を直してほしい", "en": "soup needs a better taste"}
    mine = [
        Comment("mine", texts[lang], lang),
        Comment("none", texts[lang], lang),
        Comment("noise", "", lang),
    ]
    model = correct(correct(correct(model, "mine", delivery.id), "none", None), "noise", delivery.id)

    def ids(themes: ThemeModel) -> list[list[str]]:
        return [[one.id for one in found] for found in assign_comments(themes, mine, embedder())]  # type: ignore[union-attr]

    assert ids(model) == [[delivery.id], [], [delivery.id]]
    after = refitted(model)
    assert ids(after) == [[delivery.id], [], [delivery.id]]
    assert np.array_equal(after.prototypes_of(delivery.id), model.prototypes_of(delivery.id))
    assert ids(merge(after, [staff.id, delivery.id]))[0] == [staff.id] if staff.id in ids_of(after) else True
    archived = archive(after, delivery.id)
    assert delivery.id not in ids(archived)[0]
    assert ids(archived)[2] == []
    assert ids(archive(archived, delivery.id, False)) == ids(after)


def ids_of(model: ThemeModel) -> set[str]:
    return {theme.id for theme in model.themes}


def test_a_rule_does_not_take_the_counts_of_learnt_themes() -> None:
    model, rule = add_rule(small_model(), "配送 OR delivery OR 料理 OR food", NAMES)
    plain, ruled = refitted(small_model()), refitted(model)
    assert ruled.find(rule.id).size == 0
    assert {one.id: one.size for one in plain.themes} == {
        one.id: one.size for one in ruled.themes if one.id != rule.id
    }
    (found,) = assign_comments(ruled, [Comment("x", "料理の配送が悪い", "ja")], embedder())
    assert found[0].id == rule.id  # type: ignore[union-attr]
    assert found[0].similarity == 1.0  # type: ignore[union-attr]


def test_a_dictionary_survives_the_next_fit() -> None:
    words = Dictionary(stop_words=frozenset({"parcel", "荷物"}), synonyms={"宅配": "配送"})
    after = refitted(use_dictionary(small_model(), words))
    assert after.dictionary == words
    said = {word for theme in after.themes for words in theme.keywords.values() for word in words}
    assert not {"parcel", "荷物", "宅配"} & said
    assert after.receipt["dictionary"] == words.version
    replaced = fit_themes(made_comments(80), embedder(), previous=after, dictionary=Dictionary.empty())
    assert replaced.dictionary == Dictionary.empty()
    assert replaced.revision == after.revision + 1
