"""Comments that are made up, the journal as comments, and themes fitted on both."""

import hashlib
import json
from functools import cache

from tests.voc_nlp.topics.journal import JOURNAL
from voc_nlp.embedding import Embedder
from voc_nlp.loading import load_embedder
from voc_nlp.schema import Comment
from voc_nlp.topics.fit import fit_themes
from voc_nlp.topics.model import ThemeModel

SUBJECTS = {
    "delivery": {
        "ja": ("配送", "荷物", "配達", "宅配", "到着"),
        "en": ("delivery", "parcel", "courier", "shipping", "package"),
    },
    "food": {
        "ja": ("料理", "朝食", "味", "スープ", "夕食"),
        "en": ("food", "breakfast", "taste", "soup", "dinner"),
    },
    "login": {
        "ja": ("ログイン", "パスワード", "認証", "アプリ", "アカウント"),
        "en": ("login", "password", "authentication", "app", "account"),
    },
    "staff": {
        "ja": ("店員", "接客", "スタッフ", "案内", "対応"),
        "en": ("clerk", "service", "staff", "guidance", "manager"),
    },
}
_ENDS = {
    "ja": (
        "の{0}が悪い",
        "の{0}に満足しました",
        "の{0}を直してほしい",
        "と{0}について困っている",
        "の{0}がよかった",
    ),
    "en": (
        "and the {0} were bad",
        "with {0}, I was happy",
        "needs a better {0}",
        "has a problem with the {0}",
        "of the {0} was good",
    ),
}


@cache
def embedder() -> Embedder:
    """Load the shipped encoder, once a process."""
    return load_embedder()


def made_comments(count: int, languages: tuple[str, ...] = ("ja", "en")) -> list[Comment]:
    """Make comments, the subjects and languages in turn; ids name the subject."""
    made: list[Comment] = []
    names = list(SUBJECTS)
    for number in range(count):
        subject = names[number % len(names)]
        turn = number // len(names)
        lang = languages[turn % len(languages)]
        words = SUBJECTS[subject][lang]
        first, second = words[turn % 5], words[(turn // 5 + turn + 1) % 5]
        text = f"{first}{' ' if lang == 'en' else ''}{_ENDS[lang][turn // 2 % 5].format(second)}"
        made.append(Comment(f"{subject}-{number}", text, lang))
    return made


@cache
def journal_comments() -> tuple[Comment, ...]:
    """Read the journal as comments, in the order of their days."""
    records = [json.loads(line) for line in JOURNAL.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Comment(record["id"], record["text"], record["lang"], created_at=record["created_at"])
        for record in records
    )


@cache
def journal_model() -> ThemeModel:
    """Fit the journal, once a process."""
    return fit_themes(journal_comments(), embedder())


@cache
def small_model() -> ThemeModel:
    """Fit 80 made-up comments, once a process."""
    return fit_themes(made_comments(80), embedder(), most_themes=4)


def in_fold(comment: Comment, fold: int, folds: int = 5) -> bool:
    """Say whether a comment is in one fifth, by the hash of its id."""
    return int(hashlib.sha256(comment.id.encode()).hexdigest(), 16) % folds == fold
