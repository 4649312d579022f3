"""The opening rules: what the shipped policy does in both languages, and what its file may not hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.errors import ConfigurationError
from api.policy.conditions import Case
from api.policy.levels import Level, next_level
from api.policy.reading import load_policy
from api.policy.rulebook import load_rulebook
from api.policy.taxonomy import TRIAGE, load_taxonomy
from api.settings import Settings
from api.tickets.opening import Opening, Standing, decide, join, owner
from api.tickets.sla import start
from tests.api.doubles import WordAnalyzer
from voc_nlp.schema import Analysis, Comment, Department, UrgencyLevel

CONFIG = Path(Settings.model_fields["config_dir"].default)
POLICY = load_policy(CONFIG / "policy.toml")
TAXONOMY = load_taxonomy(CONFIG / "taxonomy.toml")
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
EVERY_DAY = ", ".join(
    f'"{(datetime(2024, 1, 1) + timedelta(days=day)).strftime("%m-%d")}"' for day in range(366)
)
HALF_DAY = '\n[[calendar.half_days]]\nweekday = "sat"\nblocks = [["09:00", "12:00"]]\n'


def analysed(text: str, **fields: object) -> tuple[Comment, Analysis]:
    comment = replace(Comment("c", text), **fields)  # type: ignore[arg-type]
    [analysis] = WordAnalyzer().analyze([comment])
    assert isinstance(analysis, Analysis)
    return comment, analysis


def case(text: str, **fields: object) -> Case:
    return Case(*analysed(text, **fields), NOW.astimezone(POLICY.calendar.zone))


@pytest.mark.parametrize(
    ("text", "fields", "rule", "level"),
    [
        ("やけどしました。もう解約します", {}, "grave-and-leaving", Level.EXECUTIVE),
        ("I was injured and will cancel", {}, "grave-and-leaving", Level.EXECUTIVE),
        ("やけどしました", {}, "grave", Level.DEPARTMENT),
        ("My lawyer will call you", {}, "grave", Level.DEPARTMENT),
        ("弁護士に相談しました。最高の店なのに", {}, "grave", Level.DEPARTMENT),
        ("最悪。解約します", {}, "urgent-complaint", Level.FRONTLINE),
        ("terrible, I cancel", {}, "urgent-complaint", Level.FRONTLINE),
        ("退会の手続きをお願いします", {}, "churn-risk", Level.FRONTLINE),
        ("Please cancel my account", {}, "churn-risk", Level.FRONTLINE),
        ("配送が遅い", {"nps": 6}, "detractor", Level.FRONTLINE),
        ("The delivery was late", {"nps": 0}, "detractor", Level.FRONTLINE),
        ("最高だけど遅い", {"nps": 3}, "detractor", Level.FRONTLINE),
        ("配送が遅い", {"channel": "email"}, "awaits-an-answer", Level.FRONTLINE),
        ("The delivery was late", {"channel": "chat"}, "awaits-an-answer", Level.FRONTLINE),
        ("配送が遅い", {"nps": 7}, None, None),
        ("The delivery was late", {}, None, None),
        ("最高です、ありがとう", {"nps": 2}, None, None),
        ("great, love it", {"nps": 10}, None, None),
        ("特になし", {"nps": 0, "channel": "email"}, None, None),
        ("n/a", {"nps": 0}, None, None),
        ("", {"nps": 0}, None, None),
    ],
)
def test_shipped_rules(text: str, fields: dict[str, object], rule: str | None, level: Level | None) -> None:
    opening = next(iter(decide(case(text, **fields), policy=POLICY, taxonomy=TAXONOMY, now=NOW)), None)
    assert (opening.rule_id if opening else None) == rule
    assert (opening.level if opening else None) == level
    if opening is not None:
        hours = POLICY.first_answer_hours[opening.level, opening.urgency]
        assert opening.clock.due_at == POLICY.calendar.due_after(NOW, hours)
        assert (opening.policy_version, opening.model_version) == (POLICY.version, "words-1")


def test_meaningless_text_opens_nothing_whatever_else_is_said() -> None:
    comment, analysis = analysed("最悪。解約します", nps=0)
    unmeant = replace(analysis, meaningful=False)
    assert decide(Case(comment, unmeant, NOW), policy=POLICY, taxonomy=TAXONOMY, now=NOW) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("配送が遅い。請求も変", "logistics"),
        ("the bill is wrong", "billing"),
        ("遅い", TRIAGE),
        ("late", TRIAGE),
        ("担当不明だが配送が遅い", TRIAGE),
        ("who knows, delivery late", TRIAGE),
        ("謎の部署が最悪", TRIAGE),
    ],
)
def test_owner(text: str, expected: str) -> None:
    assert owner(analysed(text)[1], TAXONOMY) == expected


def test_owner_takes_the_primary_department() -> None:
    _, analysis = analysed("late")
    named = replace(analysis, departments=(Department("billing", 0.6), Department("logistics", 0.9)))
    assert owner(named, TAXONOMY) == "billing"


@pytest.mark.parametrize(
    ("standing", "further", "expected"),
    [
        ((Level.FRONTLINE, "normal"), (Level.DEPARTMENT, "high"), (Level.DEPARTMENT, "high")),
        ((Level.EXECUTIVE, "high"), (Level.FRONTLINE, "low"), (Level.EXECUTIVE, "high")),
        ((Level.DEPARTMENT, "low"), (Level.FRONTLINE, "normal"), (Level.DEPARTMENT, "normal")),
    ],
)
def test_joining_never_lowers(
    standing: tuple[Level, str], further: tuple[Level, str], expected: tuple[Level, str]
) -> None:
    level, urgency = further
    opening = Opening("billing", start(POLICY, level, UrgencyLevel(urgency), NOW), "rule", "1", "m")
    joined = join(Standing(standing[0], UrgencyLevel(standing[1])), opening)
    assert joined == Standing(expected[0], UrgencyLevel(expected[1]))


@pytest.mark.parametrize(
    ("text", "level", "raised_by"),
    [
        ("配送と請求が遅い", Level.FRONTLINE, None),
        ("配送も請求も店員も遅い", Level.DEPARTMENT, "several-departments"),
        ("delivery, bill and staff: all late", Level.DEPARTMENT, "several-departments"),
        ("配送も請求も店員も最悪。やけどした。解約します", Level.EXECUTIVE, None),
    ],
)
def test_a_comment_that_names_many_departments_opens_one_level_higher(
    text: str, level: Level, raised_by: str | None
) -> None:
    [opening] = decide(case(text, nps=0), policy=POLICY, taxonomy=TAXONOMY, now=NOW)
    assert (opening.level, opening.raised_by) == (level, raised_by)


def test_levels_end_at_the_top() -> None:
    assert [next_level(level) for level in Level] == [Level.DEPARTMENT, Level.EXECUTIVE, None]


def test_taxonomy_has_ten_departments_and_triage_named_in_both_languages() -> None:
    assert len(TAXONOMY.departments) == 11
    names = [entry.name for entry in TAXONOMY.departments.values()]
    assert all(name.ja and name.en for name in names)
    assert TAXONOMY.department_name("logistics").ja == "物流・配送"
    assert TAXONOMY.department_name("gone").en == "gone"


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        (lambda text: text.replace('level = "executive"', 'level = "boss"'), "'boss'"),
        (lambda text: text.replace("nps_at_most = 6", 'nps_at_most = "6"'), "nps_at_most"),
        (lambda text: text.replace("nps_at_most", "nps_below"), "nps_below"),
        (lambda text: text.replace('id = "grave"', 'id = "detractor"'), "two rules"),
        (lambda text: text.replace('["negative", "mixed"]', '["bad"]'), "'bad'"),
        (lambda text: text.replace("when = { churn_at_risk = true }", "when = {}"), "no condition"),
        (lambda text: text.replace("churn_at_risk = true }", "churn_at_risk = 1 }"), "true or false"),
        (lambda text: text.replace("normal = 9", "normal = 0"), "sla.frontline.first_answer"),
        (lambda text: text.replace("normal = 9", ""), "sla.frontline.first_answer"),
        (lambda text: text.replace("normal = 56", "normal = 8"), "before the first answer"),
        (
            lambda text: text.replace("[sla.frontline.first_answer]", "[sla.frontline]"),
            "add [sla.frontline.res",
        ),
        (lambda text: text.replace("[sla.executive.resolution]", "[sla.executive.end]"), "'end'"),
        (
            lambda text: text.replace("departments_at_least = 3", "departments_at_least = -1"),
            "departments_at",
        ),
        (lambda text: text.replace("after_reopening = true", "after_reopening = 1"), "after_reopening"),
        (lambda text: text.replace("executives = []", "executives = [1]"), "executives"),
        (lambda text: text.replace("after_business_days = 5", "after_business_days = 0"), "from 1 to 366"),
        (lambda text: text.replace("reopen_within_days", "reopen_days"), "reopen_days"),
        (lambda text: text + HALF_DAY.replace("sat", "saturday"), "saturday"),
        (lambda text: text + HALF_DAY + 'date = "2026-12-28"', "one of date, day, weekday"),
        (lambda text: text + HALF_DAY.replace("weekday", "month"), "'month'"),
        (lambda text: text + HALF_DAY.replace("12:00", "08:00"), "half_days[0] blocks"),
        (lambda text: text.replace("Asia/Tokyo", "Asia/Edo"), "Asia/Edo"),
        (lambda text: text.replace('"13:00"', '"11:00"'), "blocks"),
        (lambda text: text.replace('"13:00"', '"25:00"'), "25:00"),
        (lambda text: text.replace('"12-29"', '"12-32"'), "12-32"),
        (lambda text: text.replace('"JP"', '"Japan!"'), "Japan!"),
        (lambda text: text.replace("closed_days = [", f"closed_days = [{EVERY_DAY}, "), "for years on end"),
        (lambda text: text.replace('"mon"', '"monday"'), "monday"),
        (lambda text: text.replace('version = "2026-01"', "version = 1"), "version"),
        (lambda text: text + "\nsurprise = 1\n", "surprise"),
        (lambda text: text + "\n[[rules", "TOML"),
        (lambda text: text.replace('match = "first"', 'match = "best"'), "'best'"),
        (lambda text: text.replace("idle_after_hours = 8", "idle_after_hours = -1"), "idle_after_hours"),
        (lambda text: text.replace("idle_after_hours = 8", "idle = 8"), "'idle'"),
    ],
)
def test_a_mistake_in_the_policy_is_named(tmp_path: Path, mistake: Callable[[str], str], named: str) -> None:
    text = (CONFIG / "policy.toml").read_text(encoding="utf-8")
    path = tmp_path / "policy.toml"
    path.write_text(mistake(text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    with pytest.raises(ConfigurationError, match=r"policy\.toml") as caught:
        load_policy(path)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("mistake", "named"),
    [
        (lambda text: text.replace('id = "triage"', 'id = "nobody"'), "triage"),
        (lambda text: text.replace('name_ja = "物流・配送"\n', ""), "name_ja"),
        (lambda text: text.replace('id = "billing"', 'id = "sales"'), "twice"),
        (lambda text: text.replace('id = "billing"', 'id = "Billing!"'), "Billing!"),
        (lambda text: text.replace('id = "praise"', 'id = "lob"'), "praise"),
        (lambda text: with_key(text, 'owners = "me"'), "owners"),
        (lambda text: with_key(text, 'owners = ["森", ""]'), "owners[2]"),
        (lambda text: with_key(text, 'languages = ["ja", "fr"]'), "'fr'"),
        (lambda text: with_key(text, "examples = [1]"), "examples[1]"),
        (lambda text: with_key(text, 'keywords = "parcel"'), "keywords"),
        (lambda text: with_key(text, 'keyword = ["parcel"]'), "keyword"),
        (lambda text: text[text.index("# Where a ticket goes") :], "only department"),
        (lambda text: text[: text.index("[[root_causes]]")], "root_causes"),
        (lambda text: text.replace('id = "outage"', 'id = "defect"'), "'defect' is there twice"),
        (lambda text: text.replace('parent = "system"', 'parent = "machines"'), "'machines'"),
        (lambda text: text.replace('id = "system"', 'id = "system"\nparent = "outage"'), "in a circle"),
        (lambda text: text.replace('name_en = "Outage"', ""), "outage"),
        (lambda text: text.replace('id = "outage"', 'id = "Outage!"'), "Outage!"),
        (lambda text: text.replace('id = "outage"', 'id = "outage"\nname_fr = "panne"'), "name_fr"),
    ],
)
def test_a_mistake_in_the_taxonomy_is_named(
    tmp_path: Path, mistake: Callable[[str], str], named: str
) -> None:
    path = tmp_path / "taxonomy.toml"
    path.write_text(mistake((CONFIG / "taxonomy.toml").read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_taxonomy(path)
    assert named in str(caught.value)


def with_key(text: str, line: str) -> str:
    """Add a line to the department of logistics."""
    return text.replace('id = "logistics"', f'id = "logistics"\n{line}')


def test_what_a_department_may_say_beside_its_names(tmp_path: Path) -> None:
    text = (CONFIG / "taxonomy.toml").read_text(encoding="utf-8")
    path = tmp_path / "taxonomy.toml"
    said = """owners = ["森 さくら", "mori@example.com"]
languages = ["ja", "en"]
examples = ["荷物が届かない", "My parcel is lost"]
keywords = ["宅配", "parcel"]"""
    path.write_text(with_key(text, said), encoding="utf-8")
    entry = load_taxonomy(path).departments["logistics"]
    assert entry.owners == ("森 さくら", "mori@example.com")
    assert entry.languages == ("ja", "en")
    assert entry.described.examples == ("荷物が届かない", "My parcel is lost")
    assert entry.described.keywords == ("宅配", "parcel")
    other = TAXONOMY.departments["billing"]
    assert (other.owners, other.languages, other.described.examples) == ((), (), ())
    assert [one.id for one in TAXONOMY.described()] == list(TAXONOMY.departments)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for load in (load_policy, load_taxonomy):
        with pytest.raises(ConfigurationError, match="VOC_CONFIG_DIR"):
            load(tmp_path / "none.toml")


def test_a_rule_for_a_department_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    for name in ("policy.toml", "taxonomy.toml"):
        text = (CONFIG / name).read_text(encoding="utf-8")
        text = text.replace('id = "grave"\n', 'id = "grave"\ndepartment = "moon"\n')
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"policy\.toml: rules\[1\] \(grave\)\.department: .*'moon'"):
        load_rulebook(tmp_path)


def test_without_a_number_nobody_is_idle(tmp_path: Path) -> None:
    text = (CONFIG / "policy.toml").read_text(encoding="utf-8")
    path = tmp_path / "policy.toml"
    path.write_text(text.replace("[assignment]\nidle_after_hours = 8\n", ""), encoding="utf-8")
    assert (POLICY.idle_after_hours, load_policy(path).idle_after_hours) == (8.0, None)
